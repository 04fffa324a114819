#include "proxy/overload/cgroup_limit.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace gossamer::proxy {
namespace {

// Version 1 says "no limit" by the largest number of whole pages; no machine has a half of it.
constexpr uint64_t kUnlimited = uint64_t{1} << 62;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

// Lowers `limit` to what the file says, if that is a number ("max" is none).
void LowerTo(const std::string& path, std::optional<uint64_t>* limit) {
  uint64_t bytes = 0;
  if (!absl::SimpleAtoi(absl::StripAsciiWhitespace(ReadFile(path)), &bytes)) return;
  if (bytes >= kUnlimited) return;
  *limit = std::min(bytes, limit->value_or(bytes));
}

// Of the group `path` below `mount`, and all around it.
void LowerToGroups(const std::string& mount, absl::string_view path, absl::string_view file,
                   std::optional<uint64_t>* limit) {
  while (!path.empty()) {
    LowerTo(absl::StrCat(mount, path, "/", file), limit);
    path = path.substr(0, path.rfind('/'));
  }
  LowerTo(absl::StrCat(mount, "/", file), limit);
}

}  // namespace

std::optional<uint64_t> CgroupMemoryLimit(absl::string_view groups, const std::string& root) {
  std::optional<uint64_t> limit;
  for (absl::string_view line : absl::StrSplit(groups, '\n', absl::SkipEmpty())) {
    // ID:CONTROLLERS:/PATH
    const std::vector<absl::string_view> parts = absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (parts.size() != 3 || parts[2].empty() || parts[2][0] != '/') continue;
    const absl::string_view path = parts[2] == "/" ? "" : parts[2];
    if (parts[1].empty()) {
      LowerToGroups(root, path, "memory.max", &limit);
    } else if (absl::c_linear_search(absl::StrSplit(parts[1], ','), "memory")) {
      LowerToGroups(absl::StrCat(root, "/memory"), path, "memory.limit_in_bytes", &limit);
    }
  }
  return limit;
}

std::optional<uint64_t> OwnCgroupMemoryLimit() {
  return CgroupMemoryLimit(ReadFile("/proc/self/cgroup"), "/sys/fs/cgroup");
}

}  // namespace gossamer::proxy
