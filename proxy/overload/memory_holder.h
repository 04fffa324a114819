#ifndef PROXY_OVERLOAD_MEMORY_HOLDER_H_
#define PROXY_OVERLOAD_MEMORY_HOLDER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gossamer::proxy {

// A client's connection, as to the bytes that are held because somebody does not take them.
class MemoryHolder {
 public:
  virtual size_t held_bytes() const = 0;
  // Ends the connection, or those of its streams that hold most. Returns how many bytes that gives
  // back, by the end of the loop's turn.
  virtual size_t Shed() = 0;

 protected:
  ~MemoryHolder() = default;
};

// Ends holders, first those that hold most, until so many bytes are given back; those that hold
// next to nothing are left alone. Returns how many have been asked to shed.
int ShedLargest(const std::vector<MemoryHolder*>& holders, uint64_t bytes);

}  // namespace gossamer::proxy

#endif  // PROXY_OVERLOAD_MEMORY_HOLDER_H_
