#include "lib/buffer/arena.h"

#include <algorithm>
#include <cstdlib>

namespace gossamer {

char* Arena::AllocateSlow(size_t size) {
  const size_t capacity = std::max(size, kBlockBytes);
  auto* block = static_cast<Block*>(::operator new(sizeof(Block) + capacity));
  block->next = blocks_;
  block->capacity = capacity;
  blocks_ = block;
  next_ = block->data() + size;
  limit_ = block->data() + capacity;
  return block->data();
}

size_t Arena::extra_bytes() const {
  size_t bytes = 0;
  for (const Block* block = blocks_; block != nullptr; block = block->next) {
    bytes += block->capacity;
  }
  return bytes;
}

void Arena::FreeExtraBlocks() {
  while (blocks_ != nullptr) {
    Block* next = blocks_->next;
    ::operator delete(blocks_);
    blocks_ = next;
  }
}

}  // namespace gossamer
