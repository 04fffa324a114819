#include "proxy/overload/memory_holder.h"

#include <algorithm>
#include <utility>

namespace gossamer::proxy {
namespace {

// Less than this is what any connection may hold for a moment; to end thousands of those would help
// little and harm many.
constexpr size_t kLeastBytes = size_t{16} * 1024;

}  // namespace

int ShedLargest(const std::vector<MemoryHolder*>& holders, uint64_t bytes) {
  std::vector<std::pair<size_t, MemoryHolder*>> by_size;
  for (MemoryHolder* holder : holders) {
    const size_t held = holder->held_bytes();
    if (held >= kLeastBytes) by_size.emplace_back(held, holder);
  }
  std::sort(by_size.rbegin(), by_size.rend());
  int count = 0;
  uint64_t given_back = 0;
  for (const auto& [held, holder] : by_size) {
    if (given_back >= bytes) break;
    given_back += holder->Shed();
    ++count;
  }
  return count;
}

}  // namespace gossamer::proxy
