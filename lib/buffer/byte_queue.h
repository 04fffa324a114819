#ifndef LIB_BUFFER_BYTE_QUEUE_H_
#define LIB_BUFFER_BYTE_QUEUE_H_

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace gossamer {

// A queue of bytes in pooled blocks: what a connection has yet to write.
//
// Empty, it holds no memory. Blocks come from a free list of the thread, which keeps a bounded
// number, so that steady traffic does not allocate. It has no limit of its own: whoever fills it
// looks at size() and stops its source. Not thread-safe; a queue stays on one thread.
class ByteQueue {
 public:
  // Holds a whole TLS record's or HTTP/2 frame's payload.
  static constexpr size_t kBlockBytes = 16 * 1024;

  ByteQueue() = default;
  ByteQueue(ByteQueue&& other) noexcept;
  ByteQueue& operator=(ByteQueue&& other) noexcept;
  ~ByteQueue() { Clear(); }

  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }

  void Append(absl::string_view bytes);
  // Room for `size` contiguous bytes (at most kBlockBytes) behind the queue's end, to be written in
  // place; Commit() then adds how many of them were.
  char* Prepare(size_t size);
  void Commit(size_t size);
  // The first contiguous bytes; empty only if the queue is.
  absl::string_view Front() const;
  // Drops `count` bytes from the front; at most size().
  void Consume(size_t count);
  // Describes the queue's front in at most `max` parts; returns how many.
  int Gather(iovec* parts, int max) const;
  // Moves up to `limit` bytes from the front of `from` to the end of this.
  void MoveFrom(ByteQueue* from, size_t limit);
  void Clear();

 private:
  struct Block {
    Block* next;
    uint32_t begin;
    uint32_t end;
    char data[kBlockBytes];

    size_t length() const { return end - begin; }
  };
  class Pool;

  static Pool& pool();
  void DropFront();
  void PushBlock();

  Block* head_ = nullptr;
  Block* tail_ = nullptr;
  size_t size_ = 0;
};

}  // namespace gossamer

#endif  // LIB_BUFFER_BYTE_QUEUE_H_
