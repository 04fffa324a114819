#include "lib/buffer/byte_queue.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "lib/buffer/thread_cache.h"

namespace gossamer {

// One thread's spare blocks. What exceeds the bound goes back to the system's allocator, so that a
// burst's memory is not kept for ever.
class ByteQueue::Pool final : public ThreadCache {
 public:
  ~Pool() { Release(); }

  Block* Take() {
    if (free_ == nullptr) return new Block;
    --count_;
    return std::exchange(free_, free_->next);
  }

  void Give(Block* block) {
    if (count_ >= kMaxSpareBlocks) {
      delete block;
      return;
    }
    block->next = free_;
    free_ = block;
    ++count_;
  }

 private:
  // One for each connection that a turn of the loop serves; most of them touch a page of theirs.
  static constexpr int kMaxSpareBlocks = 128;

  void Release() override {
    while (free_ != nullptr) delete std::exchange(free_, free_->next);
    count_ = 0;
  }

  Block* free_ = nullptr;
  int count_ = 0;
};

ByteQueue::Pool& ByteQueue::pool() {
  static thread_local Pool pool;
  return pool;
}

ByteQueue::ByteQueue(ByteQueue&& other) noexcept
    : head_(std::exchange(other.head_, nullptr)),
      tail_(std::exchange(other.tail_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

ByteQueue& ByteQueue::operator=(ByteQueue&& other) noexcept {
  if (this != &other) {
    Clear();
    head_ = std::exchange(other.head_, nullptr);
    tail_ = std::exchange(other.tail_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

void ByteQueue::PushBlock() {
  Block* block = pool().Take();
  block->next = nullptr;
  block->begin = block->end = 0;
  (tail_ == nullptr ? head_ : tail_->next) = block;
  tail_ = block;
}

void ByteQueue::Append(absl::string_view bytes) {
  while (!bytes.empty()) {
    if (tail_ == nullptr || tail_->end == kBlockBytes) PushBlock();
    const size_t count = std::min<size_t>(bytes.size(), kBlockBytes - tail_->end);
    std::memcpy(tail_->data + tail_->end, bytes.data(), count);
    tail_->end += static_cast<uint32_t>(count);
    size_ += count;
    bytes.remove_prefix(count);
  }
}

char* ByteQueue::Prepare(size_t size) {
  if (tail_ == nullptr || kBlockBytes - tail_->end < size) {
    // A block that was prepared and not used must not be left in the queue's middle.
    if (tail_ == nullptr || tail_->length() > 0) {
      PushBlock();
    } else {
      tail_->begin = tail_->end = 0;
    }
  }
  return tail_->data + tail_->end;
}

void ByteQueue::Commit(size_t size) {
  tail_->end += static_cast<uint32_t>(size);
  size_ += size;
}

absl::string_view ByteQueue::Front() const {
  if (head_ == nullptr) return absl::string_view();
  return absl::string_view(head_->data + head_->begin, head_->length());
}

void ByteQueue::DropFront() {
  Block* block = head_;
  head_ = block->next;
  if (head_ == nullptr) tail_ = nullptr;
  pool().Give(block);
}

void ByteQueue::Consume(size_t count) {
  size_ -= count;
  while (count > 0) {
    const size_t step = std::min(count, head_->length());
    head_->begin += static_cast<uint32_t>(step);
    count -= step;
    if (head_->length() == 0) DropFront();
  }
}

int ByteQueue::Gather(iovec* parts, int max) const {
  int count = 0;
  for (Block* block = head_; block != nullptr && count < max; block = block->next) {
    parts[count].iov_base = block->data + block->begin;
    parts[count].iov_len = block->length();
    ++count;
  }
  return count;
}

void ByteQueue::MoveFrom(ByteQueue* from, size_t limit) {
  while (limit > 0 && !from->empty()) {
    const absl::string_view part = from->Front().substr(0, limit);
    // A whole large block changes hands; small parts are copied, so that blocks stay well filled.
    if (part.size() == from->head_->length() && part.size() > kBlockBytes / 2) {
      Block* block = from->head_;
      from->head_ = block->next;
      if (from->head_ == nullptr) from->tail_ = nullptr;
      from->size_ -= part.size();
      block->next = nullptr;
      (tail_ == nullptr ? head_ : tail_->next) = block;
      tail_ = block;
      size_ += part.size();
      limit -= part.size();
      continue;
    }
    limit -= part.size();
    const size_t count = part.size();
    Append(part);
    from->Consume(count);
  }
}

void ByteQueue::Clear() {
  while (head_ != nullptr) DropFront();
  size_ = 0;
}

}  // namespace gossamer
