#include "proxy/overload/process_memory.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/numbers.h"

namespace gossamer::proxy {
namespace {

// Takes a number of pages and the space behind it off the front of `text`.
std::optional<uint64_t> TakePages(absl::string_view* text) {
  const size_t end = std::min(text->find(' '), text->size());
  uint64_t pages = 0;
  if (!absl::SimpleAtoi(text->substr(0, end), &pages)) return std::nullopt;
  text->remove_prefix(std::min(end + 1, text->size()));
  return pages;
}

}  // namespace

std::optional<ProcessMemory> ParseStatm(absl::string_view text, uint64_t page_bytes) {
  const std::optional<uint64_t> size = TakePages(&text);
  const std::optional<uint64_t> resident = TakePages(&text);
  const std::optional<uint64_t> of_files = TakePages(&text);
  if (!size || !resident || !of_files) return std::nullopt;
  ProcessMemory memory;
  memory.virtual_bytes = *size * page_bytes;
  memory.resident_bytes = *resident * page_bytes;
  // The kernel counts them one after the other.
  memory.anonymous_bytes = (*resident - std::min(*of_files, *resident)) * page_bytes;
  return memory;
}

ProcessMemoryReader::ProcessMemoryReader()
    : statm_(open("/proc/self/statm", O_RDONLY | O_CLOEXEC)),
      page_bytes_(static_cast<uint64_t>(sysconf(_SC_PAGESIZE))) {}

std::optional<ProcessMemory> ProcessMemoryReader::Read() const {
  char text[160];  // Seven numbers of at most twenty digits.
  const ssize_t size = pread(statm_.get(), text, sizeof(text), 0);
  if (size <= 0) return std::nullopt;
  return ParseStatm(absl::string_view(text, static_cast<size_t>(size)), page_bytes_);
}

}  // namespace gossamer::proxy
