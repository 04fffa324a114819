#ifndef SERVICES_PUBLIC_API_TESTING_PROXIES_FOR_TEST_H_
#define SERVICES_PUBLIC_API_TESTING_PROXIES_FOR_TEST_H_

#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "httplib.h"

namespace gossamer::public_api {

// An exporter that plays the proxies of several pods: each has a path of its own, and counters that
// grow at a known rate.
class ProxiesForTest {
 public:
  struct Series {
    std::string text;  // response_total{direction="inbound"}
    double per_second = 0;
    bool is_gauge = false;
  };

  // By pod.
  explicit ProxiesForTest(std::map<std::string, std::vector<Series>> pods);
  ~ProxiesForTest();

  int port() const { return port_; }

 private:
  std::string Exposition(const std::vector<Series>& series) const;

  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace gossamer::public_api

#endif  // SERVICES_PUBLIC_API_TESTING_PROXIES_FOR_TEST_H_
