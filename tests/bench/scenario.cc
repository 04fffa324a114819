#include "tests/bench/scenario.h"

#include "absl/strings/str_cat.h"

namespace gossamer::bench {
namespace {

LoadScenario KeepAlive(int connections) {
  return {absl::StrCat("http1-", connections),
          absl::StrCat("HTTP/1 keep-alive, ", connections, " connections"),
          "http1",
          {absl::StrCat("--connections=", connections)}};
}

// So many connections that none has to wait for another's answer.
LoadScenario AtRate(int rate, int connections) {
  return {absl::StrCat("rate-", rate),
          absl::StrCat(rate, " requests/s"),
          "http1",
          {absl::StrCat("--connections=", connections), absl::StrCat("--rate=", rate)},
          rate};
}

}  // namespace

const std::vector<LoadScenario>& LoadScenarios() {
  static const auto& scenarios = *new std::vector<LoadScenario>{
      KeepAlive(32),
      KeepAlive(64),
      KeepAlive(128),
      {"http2", "HTTP/2, 4 x 16 streams", "http2", {"--connections=4", "--streams=16"}},
      {"grpc", "gRPC 1 KiB unary, 4 x 16", "http2", {"--connections=4", "--streams=16", "--grpc"}},
      {"fresh", "HTTP/1 new connection each, 32 at once", "fresh", {"--connections=32"}},
      {"tcp", "TCP bulk, 4 connections", "bulk", {"--connections=4"}},
      AtRate(200, 8),
      AtRate(2000, 64),
  };
  return scenarios;
}

std::vector<std::string> ScenarioIds() {
  std::vector<std::string> ids = {kMemoryId};
  for (const LoadScenario& scenario : LoadScenarios()) ids.push_back(scenario.id);
  ids.push_back(kReadyId);
  ids.push_back(kManifestId);
  return ids;
}

}  // namespace gossamer::bench
