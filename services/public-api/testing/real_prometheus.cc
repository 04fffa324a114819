#include "services/public-api/testing/real_prometheus.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "lib/fetch/http_client.h"
#include "nlohmann/json.hpp"

namespace gossamer::public_api {
namespace {

// A file among the test's data, by the path that an environment variable of the BUILD file gives.
std::string DataPath(const char* variable) {
  const char* path = std::getenv(variable);
  if (path == nullptr) return "";
  if (access(path, R_OK) == 0) return path;
  // Files of other repositories lie beside this one's.
  return absl::StrReplaceAll(path, {{"external/", "../"}});
}

// A port that was free just now. Prometheus cannot tell which one it took for port 0.
int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    address.sin_port = 0;
  }
  close(fd);
  return ntohs(address.sin_port);
}

std::string WriteConfig(const std::string& folder,
                        const std::vector<RealPrometheus::Target>& targets) {
  nlohmann::json list = nlohmann::json::array();
  for (const RealPrometheus::Target& target : targets) {
    nlohmann::json labels = target.labels;
    labels["__metrics_path__"] = target.metrics_path;
    list.push_back({{"targets", {target.address}}, {"labels", labels}});
  }
  std::ofstream(folder + "/targets.json") << list;
  std::stringstream config;
  config << std::ifstream(DataPath("PROMETHEUS_CONFIG")).rdbuf();
  const std::string path = folder + "/prometheus.yml";
  std::ofstream(path) << absl::StrReplaceAll(
      config.str(), {{"@TARGETS@", folder + "/targets.json"}, {"@SCRAPE_INTERVAL@", "1s"}});
  return path;
}

}  // namespace

RealPrometheus::RealPrometheus(const std::vector<Target>& targets) : port_(FreePort()) {
  const std::string folder = std::getenv("TEST_TMPDIR");
  const std::string program = DataPath("PROMETHEUS");
  const std::vector<std::string> args = {
      program,
      "--config.file=" + WriteConfig(folder, targets),
      "--storage.tsdb.path=" + folder + "/data",
      absl::StrCat("--web.listen-address=127.0.0.1:", port_),
      "--log.level=warn",
  };
  std::vector<char*> argv;
  for (const std::string& arg : args) argv.push_back(const_cast<char*>(arg.c_str()));
  argv.push_back(nullptr);
  if (posix_spawn(&pid_, program.c_str(), nullptr, nullptr, argv.data(), environ) != 0) pid_ = -1;
}

RealPrometheus::~RealPrometheus() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

std::string RealPrometheus::url() const { return absl::StrCat("http://127.0.0.1:", port_); }

bool RealPrometheus::WaitUntilReady() const {
  const auto http = HttpClient::Create(url(), HttpClient::Options()).value();
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (absl::Now() < deadline) {
    const absl::StatusOr<HttpReply> reply = http->Get("/-/ready", absl::Seconds(1));
    if (reply.ok() && reply->status == 200) return true;
    absl::SleepFor(absl::Milliseconds(50));
  }
  return false;
}

}  // namespace gossamer::public_api
