#include "lib/net/testing/memory_stream.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace gossamer::net::testing {

MemoryStream::MemoryStream(event::Loop* loop) : tell_(loop, [this] { Tell(); }) {}

MemoryStream::Pair MemoryStream::Connect(event::Loop* loop) {
  Pair pair;
  pair.client.reset(new MemoryStream(loop));
  pair.server.reset(new MemoryStream(loop));
  pair.client->other_ = pair.server.get();
  pair.server->other_ = pair.client.get();
  return pair;
}

MemoryStream::~MemoryStream() {
  if (other_ == nullptr) return;
  other_->other_ = nullptr;
  other_->End();
}

void MemoryStream::Tell() {
  if (handler_ != nullptr) handler_->OnIo({.readable = true, .ended = ended_});
}

void MemoryStream::End() {
  ended_ = true;
  tell_.Schedule();
}

IoResult MemoryStream::Read(char* buffer, size_t max) {
  size_t count = 0;
  while (count < max && !input_.empty()) {
    const absl::string_view front = input_.Front();
    const size_t part = std::min(max - count, front.size());
    std::memcpy(buffer + count, front.data(), part);
    input_.Consume(part);
    count += part;
  }
  if (count > 0) return {IoStatus::kOk, 0, count};
  return {ended_ ? IoStatus::kEof : IoStatus::kBlocked, 0, 0};
}

IoResult MemoryStream::Write(ByteQueue* queue) {
  const size_t count = queue->size();
  if (count == 0) return {IoStatus::kOk, 0, 0};
  if (other_ == nullptr) return {IoStatus::kError, EPIPE, 0};
  other_->input_.MoveFrom(queue, count);
  other_->tell_.Schedule();
  return {IoStatus::kOk, 0, count};
}

IoResult MemoryStream::Write(absl::string_view data) {
  if (data.empty()) return {IoStatus::kOk, 0, 0};
  if (other_ == nullptr) return {IoStatus::kError, EPIPE, 0};
  other_->input_.Append(data);
  other_->tell_.Schedule();
  return {IoStatus::kOk, 0, data.size()};
}

void MemoryStream::ShutdownWrite() {
  if (other_ != nullptr) other_->End();
}

}  // namespace gossamer::net::testing
