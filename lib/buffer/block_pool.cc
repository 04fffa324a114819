#include "lib/buffer/block_pool.h"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "lib/buffer/sanitizer.h"
#include "lib/buffer/thread_cache.h"

namespace gossamer {
namespace {

constexpr size_t kStepBytes = 64;
constexpr size_t kClasses = BlockPool::kMaxPooledBytes / kStepBytes;
constexpr uint32_t kSystem = kClasses;
// Of each size: enough for some hundred requests at a time.
constexpr int kMaxSpares = 512;

// Stands before every block, and keeps it aligned as malloc() does.
struct alignas(16) Header {
  uint32_t size_class;
  Header* next;  // While spare.
};
static_assert(sizeof(Header) == 16);

struct Spares final : ThreadCache {
  ~Spares() {
    Release();
    gone = true;  // Blocks that are freed later, by other destructors of the thread, find it so.
  }
  void Release() override;

  std::array<Header*, kClasses> first = {};
  std::array<int, kClasses> count = {};
  bool gone = false;
};

void Spares::Release() {
  for (Header*& header : first) {
    while (header != nullptr) std::free(std::exchange(header, header->next));
  }
  count = {};
}

Spares& Mine() {
  static thread_local Spares spares;
  return spares;
}

void* BlockOf(Header* header) { return header + 1; }
Header* HeaderOf(void* block) { return static_cast<Header*>(block) - 1; }

Header* FromSystem(size_t bytes, uint32_t size_class) {
  auto* header = static_cast<Header*>(std::malloc(sizeof(Header) + bytes));
  if (header != nullptr) header->size_class = size_class;
  return header;
}

}  // namespace

void* BlockPool::Allocate(size_t bytes) {
  if (kMemoryIsWatched) return std::malloc(bytes);
  if (bytes == 0) bytes = 1;
  if (bytes > kMaxPooledBytes) {
    if (bytes > SIZE_MAX - sizeof(Header)) return nullptr;
    Header* header = FromSystem(bytes, kSystem);
    return header == nullptr ? nullptr : BlockOf(header);
  }
  const size_t size_class = (bytes - 1) / kStepBytes;
  Spares& spares = Mine();
  Header* header = spares.first[size_class];
  if (header != nullptr) {
    spares.first[size_class] = header->next;
    --spares.count[size_class];
  } else {
    header = FromSystem((size_class + 1) * kStepBytes, static_cast<uint32_t>(size_class));
  }
  return header == nullptr ? nullptr : BlockOf(header);
}

void BlockPool::Free(void* block) {
  if (kMemoryIsWatched) return std::free(block);
  if (block == nullptr) return;
  Header* header = HeaderOf(block);
  const uint32_t size_class = header->size_class;
  Spares& spares = Mine();
  if (size_class == kSystem || spares.gone || spares.count[size_class] == kMaxSpares) {
    return std::free(header);
  }
  header->next = spares.first[size_class];
  spares.first[size_class] = header;
  ++spares.count[size_class];
}

void* BlockPool::AllocateZeroed(size_t count, size_t bytes) {
  size_t total = 0;
  if (__builtin_mul_overflow(count, bytes, &total)) return nullptr;
  void* block = Allocate(total);
  if (block != nullptr) std::memset(block, 0, total);
  return block;
}

void* BlockPool::Reallocate(void* block, size_t bytes) {
  if (kMemoryIsWatched) return std::realloc(block, bytes);
  if (block == nullptr) return Allocate(bytes);
  Header* const header = HeaderOf(block);
  if (header->size_class == kSystem) {
    if (bytes > SIZE_MAX - sizeof(Header)) return nullptr;
    // Where there is no more memory, the block stays its owner's.
    auto* const larger = static_cast<Header*>(std::realloc(header, sizeof(Header) + bytes));
    return larger == nullptr ? nullptr : BlockOf(larger);
  }
  const size_t room = (header->size_class + 1) * kStepBytes;
  if (bytes <= room) return block;
  void* larger = Allocate(bytes);
  if (larger == nullptr) return nullptr;
  std::memcpy(larger, block, room);
  Free(block);
  return larger;
}

void* PooledObject::operator new(size_t bytes) {
  void* object = BlockPool::Allocate(bytes);
  if (object == nullptr) std::abort();
  return object;
}

}  // namespace gossamer
