#ifndef SERVICES_PUBLIC_API_TESTING_REAL_PROMETHEUS_H_
#define SERVICES_PUBLIC_API_TESTING_REAL_PROMETHEUS_H_

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace gossamer::public_api {

// The pinned Prometheus with k8s/prometheus's configuration, as a child process that ends with
// this. Scrapes every second. Its files lie in the test's folder for temporary ones.
class RealPrometheus {
 public:
  struct Target {
    std::string address;
    std::string metrics_path;
    std::map<std::string, std::string> labels;
  };

  explicit RealPrometheus(const std::vector<Target>& targets);
  ~RealPrometheus();

  std::string url() const;
  // False when it is not ready within half a minute.
  bool WaitUntilReady() const;

 private:
  int port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace gossamer::public_api

#endif  // SERVICES_PUBLIC_API_TESTING_REAL_PROMETHEUS_H_
