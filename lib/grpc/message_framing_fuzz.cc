#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "lib/grpc/message_framing.h"

// However the bytes are cut, the messages are the same, and there is an end.
namespace gossamer::rpc {

static std::vector<std::string> Read(absl::string_view bytes, size_t step) {
  MessageReader reader;
  std::vector<std::string> messages;
  for (size_t at = 0; at < bytes.size(); at += step) {
    reader.Append(bytes.substr(at, step));
    absl::string_view message;
    FrameResult result;
    while ((result = reader.Next(&message)) == FrameResult::kMessage)
      messages.emplace_back(message);
    if (result != FrameResult::kNeedMore) break;
  }
  return messages;
}

}  // namespace gossamer::rpc

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (gossamer::rpc::Read(bytes, 1) != gossamer::rpc::Read(bytes, size + 1)) __builtin_trap();
  const std::string decoded = gossamer::rpc::DecodeStatusMessage(bytes);
  if (gossamer::rpc::DecodeStatusMessage(gossamer::rpc::EncodeStatusMessage(decoded)) != decoded) {
    __builtin_trap();
  }
  return 0;
}
