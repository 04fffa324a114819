#ifndef LIB_NET_BYTE_STREAM_H_
#define LIB_NET_BYTE_STREAM_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "lib/buffer/byte_queue.h"
#include "lib/event/loop.h"

namespace gossamer::net {

enum class IoStatus : uint8_t {
  kOk,       // Some bytes moved.
  kBlocked,  // None can move now; the handler hears when that changes.
  kEof,      // Read: the peer has ended its direction, in order.
  kError,    // The stream is broken; `error` says how.
};

struct IoResult {
  IoStatus status = IoStatus::kOk;
  int error = 0;  // An errno, for kError. EPROTO is a violation of TLS.
  size_t bytes = 0;
};

// An ordered stream of bytes in both directions that never blocks: a TCP connection, or TLS on one.
// Bound to a loop's thread. Destroying it closes the connection.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  // Who hears of readiness; replaceable at any time, null for nobody. Readiness that came while
  // nobody listened is not told again: a new handler first tries to read. Borrowed.
  virtual void SetHandler(event::IoHandler* handler) = 0;

  // Reads up to `max` bytes.
  virtual IoResult Read(char* buffer, size_t max) = 0;
  // Writes from the queue's front and consumes what the stream has taken. kOk means that all of it
  // went; kBlocked that the rest waits for the handler to hear `writable`: bytes of the queue, or
  // some that the stream has taken and holds itself, which are lost if it is destroyed now. An
  // empty queue asks for the latter.
  virtual IoResult Write(ByteQueue* queue) = 0;
  // The same without a queue: `bytes` of the result says how much of `data` was taken.
  virtual IoResult Write(absl::string_view data) = 0;
  // Writes as Write() does, and where all of it went, ends the direction as ShutdownWrite() does:
  // TCP sends the end with the last bytes, in a packet less.
  virtual IoResult WriteAndShutdown(ByteQueue* queue) {
    const IoResult result = Write(queue);
    if (result.status == IoStatus::kOk) ShutdownWrite();
    return result;
  }
  // Ends the writing direction: FIN, after close_notify on TLS. Everything must have been written.
  virtual void ShutdownWrite() = 0;
  // Makes the close that follows an abortive one: the peer sees RST.
  virtual void ResetOnClose() = 0;

  // The descriptor underneath, for socket options and addresses.
  virtual int fd() const = 0;
};

}  // namespace gossamer::net

#endif  // LIB_NET_BYTE_STREAM_H_
