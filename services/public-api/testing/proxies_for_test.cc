#include "services/public-api/testing/proxies_for_test.h"

#include <utility>

#include "absl/strings/str_format.h"

namespace gossamer::public_api {

ProxiesForTest::ProxiesForTest(std::map<std::string, std::vector<Series>> pods) {
  for (auto& [pod, series] : pods) {
    server_.Get("/" + pod + "/metrics", [this, series = std::move(series)](
                                            const httplib::Request&, httplib::Response& response) {
      response.set_content(Exposition(series), "text/plain; version=0.0.4");
    });
  }
  port_ = server_.bind_to_any_port("127.0.0.1");
  thread_ = std::thread([this] { server_.listen_after_bind(); });
  while (!server_.is_running()) std::this_thread::yield();
}

ProxiesForTest::~ProxiesForTest() {
  server_.stop();
  thread_.join();
}

std::string ProxiesForTest::Exposition(const std::vector<Series>& series) const {
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  std::string out;
  for (const Series& one : series) {
    absl::StrAppendFormat(&out, "%s %.6f\n", one.text,
                          one.is_gauge ? one.per_second : one.per_second * seconds);
  }
  return out;
}

}  // namespace gossamer::public_api
