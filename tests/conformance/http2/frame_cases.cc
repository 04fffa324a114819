#include <string>
#include <utility>
#include <vector>

#include "tests/conformance/http2/case_builders.h"
#include "tests/conformance/http2/cases.h"
#include "tests/conformance/http2/frames.h"

namespace gossamer::conformance {
namespace {

using Settings = std::vector<std::pair<uint16_t, uint32_t>>;

// Builds cases from requests that all have some fields.
class FrameCaseBuilder {
 public:
  explicit FrameCaseBuilder(const Fields& more) : more_(more) {}

  std::vector<Http2Case> Prefaces() const {
    const std::string settings = SettingsFrame();
    return {
        Raw(ConnectionError("Rfc9113_3_4_BadPreface",
                            "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n" + settings + Get(1))),
        Raw(ConnectionError("Rfc9113_3_4_NoSettings", std::string(kPreface) + Get(1))),
        Raw(ConnectionError("Rfc9113_3_4_AcknowledgementFirst",
                            std::string(kPreface) + Encode(kSettings, kAck, 0, "") + Get(1))),
        Raw(Answered("Rfc9113_3_4_AllAtOnce", Hello() + Get(1))),
    };
  }

  std::vector<Http2Case> Format() const {
    const std::string large(16'385, 'x');
    const std::string block = Block(RequestFields() + more_);
    return {
        Answered("Rfc9113_4_1_UnknownType", Encode(0x20, 0xff, 0, "what?") + Get(1)),
        Answered("Rfc9113_4_1_UnknownTypeOnAStream", Head(1) + Encode(0x21, 0, 1, "") + End(1)),
        Answered("Rfc9113_4_1_UnusedFlags",
                 Encode(kHeaders, kEndHeaders | kEndStream | 0xc2, 1, block)),
        Answered("Rfc9113_4_1_ReservedBit",
                 Encode(kHeaders, kEndHeaders | kEndStream, 0x80000001, block)),
        Answered("Rfc9113_4_2_LargestFrame",
                 Head(1) + DataFrame(1, std::string(16'384, 'x')) + End(1), "\n16384\n"),
        Reaching(ConnectionError("Rfc9113_4_2_DataTooLarge", Head(1) + DataFrame(1, large),
                                 {kFrameSizeError})),
        ConnectionError("Rfc9113_4_2_HeadersTooLarge", Encode(kHeaders, kEndHeaders, 1, large),
                        {kFrameSizeError}),
        ConnectionError("Rfc9113_4_2_SettingsTooLarge",
                        Encode(kSettings, 0, 0, std::string(16'386, '\0')), {kFrameSizeError}),
        ConnectionError("Rfc9113_4_3_UndecodableBlock",
                        Encode(kHeaders, kEndHeaders | kEndStream, 1, "\xff\xff\xff\xff\xff\xff"),
                        {kCompressionError}),
        ConnectionError("Rfc9113_4_3_BlockEndsEarly",
                        Encode(kHeaders, kEndHeaders | kEndStream, 1, block.substr(0, 20)),
                        {kCompressionError}),
        ConnectionError("Rfc7541_6_3_TableTooLarge",
                        Encode(kHeaders, kEndHeaders | kEndStream, 1, "\x3f\xe2\x1f" + block),
                        {kCompressionError}),
        ConnectionError("Rfc7541_4_2_TableSizeBehindAField",
                        Encode(kHeaders, kEndHeaders | kEndStream, 1, block + "\x20"),
                        {kCompressionError}),
        ConnectionError("Rfc7541_2_3_3_IndexBeyondTheTables",
                        Encode(kHeaders, kEndHeaders | kEndStream, 1, block + "\xfe"),
                        {kCompressionError}),
    };
  }

  std::vector<Http2Case> Streams() const {
    const std::string data = DataFrame(1, "x");
    return {
        ConnectionError("Rfc9113_5_1_DataOnAnIdleStream", data),
        ConnectionError("Rfc9113_5_1_ResetOfAnIdleStream", RstStreamFrame(1, kCancel)),
        ConnectionError("Rfc9113_5_1_WindowOfAnIdleStream", WindowUpdateFrame(1, 1)),
        ConnectionError("Rfc9113_5_1_ContinuationOfAnIdleStream",
                        Encode(kContinuation, kEndHeaders, 1, "")),
        Answered("Rfc9113_5_1_WindowAfterTheEnd", Get(1) + WindowUpdateFrame(1, 1)),
        Reaching(ConnectionError("Rfc9113_5_1_DataAfterTheEnd", Stall(1) + data, {kStreamClosed})),
        Reaching(
            ConnectionError("Rfc9113_5_1_HeadersAfterTheEnd", Stall(1) + Get(1), {kStreamClosed})),
        Reaching(Ignored("Rfc9113_5_1_ResetTwice",
                         Stall(1) + RstStreamFrame(1, kCancel) + RstStreamFrame(1, kCancel))),
        Reaching(Ignored("Rfc9113_5_1_WindowOfAResetStream",
                         Stall(1) + RstStreamFrame(1, kCancel) + WindowUpdateFrame(1, 1))),
        ConnectionError("Rfc9113_5_1_1_EvenStream", Get(2)),
        ConnectionError("Rfc9113_5_1_1_StreamZero", Get(0)),
        ConnectionError("Rfc9113_5_1_1_DataOnStreamZero", DataFrame(0, "x")),
        Answered("Rfc9113_5_3_PriorityFrames",
                 Priority(1, 3) + Get(1) + Priority(1, 5) + Priority(7, 1)),
        ConnectionError("Rfc7540_5_3_1_DependsOnItself", Priority(1, 1)),
        Answered("Rfc9113_5_3_PriorityInHeaders",
                 Encode(kHeaders, kEndHeaders | kEndStream | kPriorityFlag, 1,
                        Number(3) + "\xff" + Block(RequestFields() + more_))),
        ConnectionError("Rfc9113_6_3_PriorityOnStreamZero", Priority(0, 1)),
        ConnectionError("Rfc9113_5_5_ExtensionInsideABlock",
                        Encode(kHeaders, 0, 1, Block(RequestFields())) + Encode(0x20, 0, 0, "")),
    };
  }

  std::vector<Http2Case> DataAndHeaders() const {
    const std::string block = Block(RequestFields() + more_);
    return {
        Answered("Rfc9113_6_1_Padding",
                 Head(1) + PaddedDataFrame(1, "abc", 200) + PaddedDataFrame(1, "", 0) +
                     PaddedDataFrame(1, "de", 1, kEndStream),
                 "\n5\n"),
        Answered("Rfc9113_6_1_EmptyData", Head(1) + DataFrame(1, "") + DataFrame(1, "x") + End(1),
                 "\n1\n"),
        Reaching(ConnectionError("Rfc9113_6_1_PaddingTooLong", Head(1) + Encode(kData, kPadded, 1,
                                                                                "\x05"
                                                                                "abc"))),
        Reaching(ConnectionError("Rfc9113_6_1_PaddedAndEmpty",
                                 Head(1) + Encode(kData, kPadded, 1, ""),
                                 {kFrameSizeError, kProtocolError})),
        Answered("Rfc9113_6_2_Padding", Encode(kHeaders, kEndHeaders | kEndStream | kPadded, 1,
                                               "\x07" + block + std::string(7, '\0'))),
        ConnectionError("Rfc9113_6_2_PaddingTooLong",
                        Encode(kHeaders, kEndHeaders | kEndStream | kPadded, 1, "\xff" + block)),
        Answered("Rfc9113_6_10_Continuation",
                 Encode(kHeaders, kEndStream, 1, block.substr(0, 10)) +
                     Encode(kContinuation, 0, 1, block.substr(10, 1)) +
                     Encode(kContinuation, 0, 1, "") +
                     Encode(kContinuation, kEndHeaders, 1, block.substr(11))),
        Answered("Rfc9113_6_10_NothingInHeaders", Encode(kHeaders, kEndStream, 1, "") +
                                                      Encode(kContinuation, kEndHeaders, 1, block)),
        Reaching(ConnectionError("Rfc9113_6_10_ContinuationOfNothing",
                                 Head(1) + Encode(kContinuation, kEndHeaders, 1, ""))),
        ConnectionError("Rfc9113_6_10_PingInsideABlock",
                        Encode(kHeaders, 0, 1, block) + PingFrame("12345678")),
        ConnectionError("Rfc9113_6_10_DataInsideABlock",
                        Encode(kHeaders, 0, 1, block) + DataFrame(1, "x")),
        ConnectionError("Rfc9113_6_10_HeadersInsideABlock", Encode(kHeaders, 0, 1, block) + Get(3)),
        ConnectionError("Rfc9113_6_10_OtherStreamsContinuation",
                        Encode(kHeaders, 0, 1, block) + Encode(kContinuation, kEndHeaders, 3, "")),
    };
  }

  std::vector<Http2Case> ControlFrames() const {
    const std::string get = Get(1);
    Http2Case ping = Answered("Rfc9113_6_7_Ping", PingFrame("12345678") + get);
    ping.pong = "12345678";
    return {
        Reaching(ConnectionError("Rfc9113_6_4_ResetOfAWrongSize",
                                 Stall(1) + Encode(kRstStream, 0, 1, "xyz"), {kFrameSizeError})),
        ConnectionError("Rfc9113_6_4_ResetOfStreamZero", RstStreamFrame(0, kCancel)),
        Reaching(Ignored("Rfc9113_7_UnknownErrorCode", Stall(1) + RstStreamFrame(1, 0xdeadbeef))),
        Setting("Rfc9113_6_5_2_UnknownSetting", {{0x7777, 5}}),
        Setting("Rfc9113_6_5_2_SmallTables", {{kHeaderTableSize, 0}, {kMaxConcurrentStreams, 0}}),
        Setting("Rfc9113_6_5_2_LargestValues", {{kHeaderTableSize, 0xffffffff},
                                                {kInitialWindowSize, 0x7fffffff},
                                                {kMaxFrameSize, 0xffffff},
                                                {kMaxHeaderListSize, 0xffffffff}}),
        BadSetting("Rfc9113_6_5_2_EnablePush", {{kEnablePush, 2}}),
        BadSetting("Rfc9113_6_5_2_WindowTooLarge", {{kInitialWindowSize, 0x80000000}},
                   kFlowControlError),
        BadSetting("Rfc9113_6_5_2_FrameTooSmall", {{kMaxFrameSize, 16'383}}),
        BadSetting("Rfc9113_6_5_2_FrameTooLarge", {{kMaxFrameSize, 1 << 24}}),
        ConnectionError("Rfc9113_6_5_AcknowledgementWithPayload",
                        Encode(kSettings, kAck, 0, "123456"), {kFrameSizeError}),
        ConnectionError("Rfc9113_6_5_SettingsOnAStream", Encode(kSettings, 0, 1, "")),
        ConnectionError("Rfc9113_6_5_SettingsOfAWrongSize", Encode(kSettings, 0, 0, "12345"),
                        {kFrameSizeError}),
        ConnectionError("Rfc9113_6_6_Push", Encode(kPushPromise, kEndHeaders, 1, Number(2))),
        ping,
        Answered("Rfc9113_6_7_AnswerUnasked", PingFrame("12345678", kAck) + get),
        ConnectionError("Rfc9113_6_7_PingOfAWrongSize", PingFrame("1234567"), {kFrameSizeError}),
        ConnectionError("Rfc9113_6_7_PingOnAStream", Encode(kPing, 0, 1, "12345678")),
        ConnectionError("Rfc9113_6_8_GoawayOnAStream", Encode(kGoaway, 0, 1, std::string(8, '\0'))),
        ConnectionError("Rfc9113_6_8_GoawayOfAWrongSize", Encode(kGoaway, 0, 0, "1234"),
                        {kFrameSizeError}),
        ConnectionError("Rfc9113_6_9_WindowByZero", WindowUpdateFrame(0, 0)),
        // An error of the stream may end the connection (section 5.4.1).
        Reaching(
            ConnectionError("Rfc9113_6_9_StreamWindowByZero", Stall(1) + WindowUpdateFrame(1, 0))),
        ConnectionError("Rfc9113_6_9_WindowUpdateOfAWrongSize", Encode(kWindowUpdate, 0, 0, "123"),
                        {kFrameSizeError}),
        ConnectionError("Rfc9113_6_9_1_WindowOverflows", WindowUpdateFrame(0, 0x7fffffff),
                        {kFlowControlError}),
        Reaching(StreamError("Rfc9113_6_9_1_StreamWindowOverflows",
                             Stall(1) + WindowUpdateFrame(1, 0x7fffffff), {kFlowControlError})),
        // The RFC would have the connection end; nghttp2 resets the streams that it happens to.
        Reaching(StreamError(
            "Rfc9113_6_9_2_SettingOverflowsAWindow",
            Stall(1) + WindowUpdateFrame(1, 1) + SettingsFrame({{kInitialWindowSize, 0x7fffffff}}),
            {kFlowControlError})),
    };
  }

 private:
  std::string Get(uint32_t stream) const { return HeadersFrame(stream, RequestFields() + more_); }
  // A POST whose body follows.
  std::string Head(uint32_t stream) const {
    return HeadersFrame(stream, RequestFields("POST") + more_, kEndHeaders);
  }
  static std::string End(uint32_t stream) { return DataFrame(stream, "", kEndStream); }
  // A whole request that is not answered.
  std::string Stall(uint32_t stream) const {
    return HeadersFrame(stream, RequestFields("GET", "/stall") + more_);
  }
  static std::string Priority(uint32_t stream, uint32_t parent) {
    return Encode(kPriority, 0, stream, Number(parent) + "\x10");
  }
  Http2Case Setting(std::string name, const Settings& settings) const {
    return Answered(std::move(name), SettingsFrame(settings) + Get(1));
  }
  static Http2Case BadSetting(std::string name, const Settings& settings,
                              uint32_t code = kProtocolError) {
    return ConnectionError(std::move(name), SettingsFrame(settings), {code});
  }

  const Fields& more_;
};

}  // namespace

std::vector<Http2Case> FrameCases(const Fields& more) {
  const FrameCaseBuilder builder(more);
  std::vector<Http2Case> all;
  for (const std::vector<Http2Case>& part :
       {builder.Prefaces(), builder.Format(), builder.Streams(), builder.DataAndHeaders(),
        builder.ControlFrames()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace gossamer::conformance
