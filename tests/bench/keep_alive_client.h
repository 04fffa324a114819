#ifndef TESTS_BENCH_KEEP_ALIVE_CLIENT_H_
#define TESTS_BENCH_KEEP_ALIVE_CLIENT_H_

#include <string>

#include "absl/status/statusor.h"
#include "tests/support/network.h"

namespace gossamer::bench {

// One HTTP/1.1 connection from a pod to the load server, with one request after the other.
class KeepAliveClient {
 public:
  KeepAliveClient(harness::PodNamespace* net, const std::string& ip, int port,
                  const std::string& authority);
  KeepAliveClient(const KeepAliveClient&) = delete;
  KeepAliveClient& operator=(const KeepAliveClient&) = delete;
  ~KeepAliveClient();

  // The answer's head; Unavailable where there is none, or another than 200.
  absl::StatusOr<std::string> Get();

 private:
  const std::string request_;
  int fd_ = -1;
};

}  // namespace gossamer::bench

#endif  // TESTS_BENCH_KEEP_ALIVE_CLIENT_H_
