#ifndef LIB_HTTP_HTTP1_WRITE_H_
#define LIB_HTTP_HTTP1_WRITE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "lib/buffer/byte_queue.h"
#include "lib/http/http1/serializer.h"

// The serializer's results in a ByteQueue.
namespace gossamer::http1 {

// Lets `write` (char* -> size, 0 for refused) write up to `max` bytes straight into the queue.
// False where it refused.
template <typename Write>
bool WriteInto(ByteQueue* queue, size_t max, Write write) {
  if (max <= ByteQueue::kBlockBytes) {
    const size_t size = write(queue->Prepare(max));
    queue->Commit(size);
    return size > 0;
  }
  std::string large(max, '\0');
  const size_t size = write(large.data());
  queue->Append(absl::string_view(large.data(), size));
  return size > 0;
}

inline void AppendChunk(absl::string_view data, ByteQueue* queue) {
  queue->Commit(WriteChunkHead(data.size(), queue->Prepare(kChunkHeadBytesMax)));
  queue->Append(data);
  queue->Append(kChunkEnd);
}

// `trailers` may be null. False where a trailer is refused.
inline bool AppendLastChunk(const http::Headers* trailers, ByteQueue* queue) {
  if (trailers == nullptr || trailers->empty()) {
    queue->Append(kLastChunk);
    return true;
  }
  return WriteInto(queue, LastChunkBytesMax(*trailers),
                   [&](char* out) { return WriteLastChunk(*trailers, out); });
}

}  // namespace gossamer::http1

#endif  // LIB_HTTP_HTTP1_WRITE_H_
