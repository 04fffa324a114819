#include "proxy/transport/connection_limit.h"

#include <algorithm>

namespace gossamer::proxy {
namespace {

// Listeners, event loops, the control plane's connections and the admin server's.
constexpr uint64_t kOwnDescriptors = 64;
// A bound for arithmetic; no kernel gives a process more descriptors.
constexpr uint64_t kMaxDescriptors = uint64_t{1} << 30;

}  // namespace

int ConnectionsPerWorker(uint64_t descriptors, int workers) {
  descriptors = std::min(descriptors, kMaxDescriptors);
  // Of few descriptors, the proxy's own are a share.
  const uint64_t own = std::min(kOwnDescriptors, descriptors / 2);
  const uint64_t clients = (descriptors - own) / 2 / static_cast<uint64_t>(std::max(workers, 1));
  return static_cast<int>(std::max<uint64_t>(clients, 1));
}

}  // namespace gossamer::proxy
