#ifndef LIB_HTTP_HTTP2_TESTING_FRAMES_H_
#define LIB_HTTP_HTTP2_TESTING_FRAMES_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

// HTTP/2 frames (RFC 9113 section 4.1) as bytes, right ones and wrong ones alike: nothing is
// checked.
namespace gossamer::http2::testing {

enum FrameType : uint8_t {
  kData = 0,
  kHeaders = 1,
  kPriority = 2,
  kRstStream = 3,
  kSettings = 4,
  kPushPromise = 5,
  kPing = 6,
  kGoaway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
};

inline constexpr uint8_t kEndStream = 1;
inline constexpr uint8_t kAck = 1;
inline constexpr uint8_t kEndHeaders = 4;
inline constexpr uint8_t kPadded = 8;
inline constexpr uint8_t kPriorityFlag = 32;

// RFC 9113 section 7.
enum ErrorCode : uint32_t {
  kNoError = 0,
  kProtocolError = 1,
  kInternalError = 2,
  kFlowControlError = 3,
  kStreamClosed = 5,
  kFrameSizeError = 6,
  kRefusedStream = 7,
  kCancel = 8,
  kCompressionError = 9,
  kEnhanceYourCalm = 11,
};

// RFC 9113 section 6.5.2.
enum Setting : uint16_t {
  kHeaderTableSize = 1,
  kEnablePush = 2,
  kMaxConcurrentStreams = 3,
  kInitialWindowSize = 4,
  kMaxFrameSize = 5,
  kMaxHeaderListSize = 6,
};

inline constexpr absl::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
inline constexpr size_t kFrameHeaderBytes = 9;

struct Frame {
  uint8_t type = 0;
  uint8_t flags = 0;
  uint32_t stream = 0;
  std::string payload = {};
};

using Fields = std::vector<std::pair<std::string, std::string>>;

std::string Number(uint32_t value);  // Four bytes, big-endian.
uint32_t ToNumber(absl::string_view four_bytes);

std::string Encode(uint8_t type, uint8_t flags, uint32_t stream, absl::string_view payload);
// Takes a whole frame from the front of `bytes`.
absl::optional<Frame> TakeFrame(std::string* bytes);

std::string SettingsFrame(const std::vector<std::pair<uint16_t, uint32_t>>& settings = {});
// Preface and settings.
std::string Hello(const std::vector<std::pair<uint16_t, uint32_t>>& settings = {});
// Field lines as HPACK literals that go into no table (RFC 7541 section 6.2.2).
std::string Block(const Fields& fields);
std::string HeadersFrame(uint32_t stream, const Fields& fields,
                         uint8_t flags = kEndHeaders | kEndStream);
// The same, cut into HEADERS and CONTINUATION frames that are not too large.
std::string HeadersFrames(uint32_t stream, absl::string_view block, bool end_stream = true);
std::string DataFrame(uint32_t stream, absl::string_view data, uint8_t flags = 0);
// With `padding` bytes behind the data.
std::string PaddedDataFrame(uint32_t stream, absl::string_view data, uint8_t padding,
                            uint8_t flags = 0);
std::string RstStreamFrame(uint32_t stream, uint32_t code);
std::string WindowUpdateFrame(uint32_t stream, uint32_t increment);
std::string PingFrame(absl::string_view eight_bytes, uint8_t flags = 0);
std::string GoawayFrame(uint32_t last_stream, uint32_t code);

// A request's pseudo-fields.
Fields RequestFields(absl::string_view method = "GET", absl::string_view path = "/",
                     absl::string_view authority = "a");

}  // namespace gossamer::http2::testing

#endif  // LIB_HTTP_HTTP2_TESTING_FRAMES_H_
