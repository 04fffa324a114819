#include "lib/net/read_buffer.h"

#include <memory>

#include "lib/buffer/thread_cache.h"

namespace gossamer::net {
namespace {

struct Buffer final : ThreadCache {
  void Release() override { bytes.reset(); }
  std::unique_ptr<char[]> bytes;
};

}  // namespace

char* ReadBuffer() {
  static thread_local Buffer buffer;
  // Threads without connections do not carry it.
  if (buffer.bytes == nullptr) buffer.bytes.reset(new char[kReadBufferBytes]);
  return buffer.bytes.get();
}

}  // namespace gossamer::net
