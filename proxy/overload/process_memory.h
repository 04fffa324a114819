#ifndef PROXY_OVERLOAD_PROCESS_MEMORY_H_
#define PROXY_OVERLOAD_PROCESS_MEMORY_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "lib/net/socket.h"

namespace gossamer::proxy {

// What a process has of memory, in bytes (proc(5), /proc/PID/statm).
struct ProcessMemory {
  uint64_t virtual_bytes = 0;
  uint64_t resident_bytes = 0;
  // Of what is resident: that of no file, which the kernel cannot take back by itself.
  uint64_t anonymous_bytes = 0;
};

// Reads the text of a statm file. Nothing where it is not one.
std::optional<ProcessMemory> ParseStatm(absl::string_view text, uint64_t page_bytes);

// Reads this process' own numbers, cheaply enough for every few milliseconds: a system call and no
// allocation. Thread-safe.
class ProcessMemoryReader {
 public:
  ProcessMemoryReader();

  // Nothing where /proc is not there.
  std::optional<ProcessMemory> Read() const;

 private:
  const net::UniqueFd statm_;
  const uint64_t page_bytes_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_OVERLOAD_PROCESS_MEMORY_H_
