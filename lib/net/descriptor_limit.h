#ifndef LIB_NET_DESCRIPTOR_LIMIT_H_
#define LIB_NET_DESCRIPTOR_LIMIT_H_

#include <cstdint>

namespace gossamer::net {

// Raises the process' soft limit of open descriptors to its hard limit, and returns what it is now.
// The soft one is as low as 1024 by custom, for programs that use select(); a server that has a
// descriptor for each client would be full with so few.
uint64_t RaiseDescriptorLimit();

}  // namespace gossamer::net

#endif  // LIB_NET_DESCRIPTOR_LIMIT_H_
