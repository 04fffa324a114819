#ifndef PROXY_WORKER_CONNECTION_COUNTS_H_
#define PROXY_WORKER_CONNECTION_COUNTS_H_

#include <cstdint>

namespace gossamer::proxy {

// The workload's and its peers' connections of one side, one worker or all; those of the admin
// server and to the control plane are none of them.
struct ConnectionCounts {
  int open = 0;           // Now.
  int draining = 0;       // Of these, HTTP that was told to end and has not yet.
  uint64_t accepted = 0;  // Since the start.

  ConnectionCounts& operator+=(const ConnectionCounts& other) {
    open += other.open;
    draining += other.draining;
    accepted += other.accepted;
    return *this;
  }
};

}  // namespace gossamer::proxy

#endif  // PROXY_WORKER_CONNECTION_COUNTS_H_
