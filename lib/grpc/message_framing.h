#ifndef LIB_GRPC_MESSAGE_FRAMING_H_
#define LIB_GRPC_MESSAGE_FRAMING_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

// gRPC's length-prefixed messages and its status on the wire
// (gRPC over HTTP/2, "Length-Prefixed-Message" and "Status").
namespace gossamer::rpc {

inline constexpr size_t kMaxMessageBytes = 4 << 20;

// One uncompressed message with its prefix.
std::string FrameMessage(absl::string_view message);

enum class FrameResult : uint8_t {
  kMessage,  // `*message` is one, valid until the next call.
  kNeedMore,
  kTooLarge,    // Longer than kMaxMessageBytes.
  kCompressed,  // Compression was not offered.
};

// Cuts a stream of bytes into messages. Holds at most one incomplete message. Not thread-safe.
class MessageReader {
 public:
  void Append(absl::string_view bytes);
  // One step; call until kNeedMore. An error is final.
  FrameResult Next(absl::string_view* message);
  // Whether a message has begun and is not complete: after kNeedMore.
  bool in_message() const { return begin_ < buffer_.size(); }

 private:
  static constexpr size_t kPrefixBytes = 5;

  std::string buffer_;
  size_t begin_ = 0;  // Of what has not been returned.
};

// grpc-message travels percent-encoded; what is no valid escape stays as it is.
std::string DecodeStatusMessage(absl::string_view encoded);
std::string EncodeStatusMessage(absl::string_view message);

}  // namespace gossamer::rpc

#endif  // LIB_GRPC_MESSAGE_FRAMING_H_
