#ifndef LIB_BUFFER_ARENA_H_
#define LIB_BUFFER_ARENA_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include "absl/strings/string_view.h"

namespace gossamer {

// Bump allocator for what lives as long as one message head: names, values, joined lines.
//
// Memory is given back all at once by Reset(), which keeps the first block, so an arena that is
// reused for message after message stops allocating. Not thread-safe. Nothing in it is destroyed:
// only trivially destructible things belong here.
class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena() { FreeExtraBlocks(); }

  // Uninitialized bytes, unaligned.
  char* Allocate(size_t size) {
    if (size > static_cast<size_t>(limit_ - next_)) return AllocateSlow(size);
    char* result = next_;
    next_ += size;
    return result;
  }

  // A copy of `text` that lives until Reset().
  absl::string_view Copy(absl::string_view text) {
    if (text.empty()) return absl::string_view();
    char* copy = Allocate(text.size());
    std::memcpy(copy, text.data(), text.size());
    return absl::string_view(copy, text.size());
  }

  // What it has beyond its own first block.
  size_t extra_bytes() const;

  // Forgets everything allocated; keeps the first block for reuse.
  void Reset() {
    FreeExtraBlocks();
    next_ = first_;
    limit_ = first_ + sizeof(first_);
  }

 private:
  static constexpr size_t kFirstBlockBytes = 2048;  // Holds the head of an ordinary request.
  static constexpr size_t kBlockBytes = 8192;

  struct Block {
    Block* next;
    size_t capacity;
    char* data() { return reinterpret_cast<char*>(this + 1); }
  };

  char* AllocateSlow(size_t size);
  void FreeExtraBlocks();

  Block* blocks_ = nullptr;  // Beyond the first, newest first.
  char* next_ = first_;
  char* limit_ = first_ + sizeof(first_);
  char first_[kFirstBlockBytes];
};

}  // namespace gossamer

#endif  // LIB_BUFFER_ARENA_H_
