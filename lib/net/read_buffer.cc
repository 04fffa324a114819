#include "lib/net/read_buffer.h"

#include <memory>

namespace gossamer::net {

char* ReadBuffer() {
  // Allocated on first use, so that threads without connections do not carry it.
  static thread_local const std::unique_ptr<char[]> buffer(new char[kReadBufferBytes]);
  return buffer.get();
}

}  // namespace gossamer::net
