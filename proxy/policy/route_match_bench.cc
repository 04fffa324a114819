#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "lib/buffer/testing/allocation_count.h"
#include "proxy/policy/outbound_policy.h"
#include "proxy/policy/route_match.h"

namespace gossamer::proxy {
namespace {

void SetUpRequest(http::RequestHead* request) {
  request->method = "GET";
  request->authority = "web.shop.svc.cluster.local:8080";
  request->path = "/api/v1/items/42?page=3";
  request->headers.Add("user-agent", "bench/1.0");
  request->headers.Add("x-canary", "yes");
}

// `routes` routes of which the last one matches, as far as `request` tells.
void Choose(benchmark::State& state, const RequestMatch& match, const RequestMatch& other) {
  std::vector<OutboundHttpRoute> routes(static_cast<size_t>(state.range(0)));
  for (OutboundHttpRoute& route : routes) {
    route.hosts = {{false, "web.shop.svc.cluster.local"}};
    route.rules.resize(1);
    route.rules[0].matches = {&route == &routes.back() ? match : other};
  }
  http::RequestHead request;
  SetUpRequest(&request);
  const OutboundHttpRoute* chosen = nullptr;
  const uint64_t allocations = testing::AllocationCount();
  for (auto _ : state) {
    chosen = ChooseRoute(routes, request).route;
    benchmark::DoNotOptimize(chosen);
  }
  state.counters["allocations"] =
      benchmark::Counter(static_cast<double>(testing::AllocationCount() - allocations),
                         benchmark::Counter::kAvgIterations);
  if (chosen != &routes.back()) state.SkipWithError("another route was chosen");
}

RequestMatch Path(PathMatch::Kind kind, const std::string& text) {
  RequestMatch match;
  match.path.emplace();
  match.path->kind = kind;
  match.path->text = text;
  if (kind == PathMatch::Kind::kRegex) match.path->regex = std::make_shared<const RE2>(text);
  return match;
}

RequestMatch Header(const std::string& value) {
  RequestMatch match;
  match.headers = {{"x-canary", {value, nullptr}}};
  return match;
}

using Kind = PathMatch::Kind;
BENCHMARK_CAPTURE(Choose, RouteByPrefix, Path(Kind::kPrefix, "/api"), Path(Kind::kPrefix, "/v2"))
    ->Arg(1)
    ->Arg(10)
    ->Arg(100);
BENCHMARK_CAPTURE(Choose, RouteByHeader, Header("yes"), Header("no"))->Arg(1)->Arg(10);
BENCHMARK_CAPTURE(Choose, RouteByRegex, Path(Kind::kRegex, "/api/v[0-9]+/items/.*"),
                  Path(Kind::kRegex, "/other/v[0-9]+/.*"))
    ->Arg(1)
    ->Arg(10);

}  // namespace
}  // namespace gossamer::proxy
