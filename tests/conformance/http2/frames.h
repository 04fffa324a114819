#ifndef TESTS_CONFORMANCE_HTTP2_FRAMES_H_
#define TESTS_CONFORMANCE_HTTP2_FRAMES_H_

#include "lib/http/http2/testing/frames.h"

// Cases are written in frames: here their names need no namespace.
namespace gossamer::conformance {

using enum http2::testing::FrameType;
using enum http2::testing::ErrorCode;
using enum http2::testing::Setting;
using http2::testing::kAck;
using http2::testing::kEndHeaders;
using http2::testing::kEndStream;
using http2::testing::kPadded;
using http2::testing::kPreface;
using http2::testing::kPriorityFlag;

using http2::testing::Block;
using http2::testing::DataFrame;
using http2::testing::Encode;
using http2::testing::Fields;
using http2::testing::Frame;
using http2::testing::GoawayFrame;
using http2::testing::HeadersFrame;
using http2::testing::HeadersFrames;
using http2::testing::Hello;
using http2::testing::Number;
using http2::testing::PaddedDataFrame;
using http2::testing::PingFrame;
using http2::testing::RequestFields;
using http2::testing::RstStreamFrame;
using http2::testing::SettingsFrame;
using http2::testing::TakeFrame;
using http2::testing::ToNumber;
using http2::testing::WindowUpdateFrame;

}  // namespace gossamer::conformance

#endif  // TESTS_CONFORMANCE_HTTP2_FRAMES_H_
