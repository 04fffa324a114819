#ifndef PROXY_INIT_NAMESPACE_H_
#define PROXY_INIT_NAMESPACE_H_

#include <string>

#include "absl/status/status.h"

namespace gossamer::proxy_init {

// Moves the calling thread, and the programs that it starts, into the network namespace of a file
// such as /proc/PID/ns/net. An error names the file.
absl::Status EnterNetworkNamespace(const std::string& path);

// How long, in the namespace that the thread is in, a TCP connection is tracked once its peer has
// closed its half and the program has not. Node agents that keep such connections use up the table.
absl::Status SetCloseWaitTimeout(int seconds);

}  // namespace gossamer::proxy_init

#endif  // PROXY_INIT_NAMESPACE_H_
