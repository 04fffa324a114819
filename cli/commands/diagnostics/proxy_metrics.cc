#include "cli/commands/diagnostics/proxy_metrics.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "cli/client/viz_client.h"
#include "cli/commands/resource_args.h"
#include "lib/fetch/http_client.h"
#include "lib/status/status_macros.h"

namespace gossamer::cli {
namespace {

namespace viz = linkerd2::viz;

constexpr char kExamples[] =
    "  gossamer diagnostics proxy-metrics deploy/web -n shop   of all its pods\n"
    "  gossamer dg proxy-metrics po/web-1 -n shop\n"
    "  gossamer dg proxy-metrics --proxy-addr 10.1.2.3:4191    without public-api\n";

constexpr int kProxyAdminPort = 4191;
constexpr absl::Duration kTimeout = absl::Seconds(30);

struct Flags {
  std::vector<std::string> resources;
  std::string namespace_name = "default";
  std::vector<std::string> addresses;
};

struct Proxy {
  std::string name;     // As it is printed.
  std::string address;  // host:port; empty when the pod has none.
};

absl::StatusOr<std::vector<Proxy>> FindProxies(const Flags& flags, const Context& context) {
  std::vector<Proxy> proxies;
  for (const std::string& address : flags.addresses) proxies.push_back({address, address});
  if (flags.resources.empty()) return proxies;
  GOSSAMER_ASSIGN_OR_RETURN(const std::vector<viz::Resource> resources,
                            ParseResources(flags.namespace_name, flags.resources));
  VizClient client(context.api_address);
  for (const viz::Resource& resource : resources) {
    viz::ListPodsRequest request;
    *request.mutable_selector()->mutable_resource() = resource;
    GOSSAMER_ASSIGN_OR_RETURN(const viz::ListPodsResponse response, client.ListPods(request));
    for (const viz::Pod& pod : response.pods()) {
      if (pod.controllernamespace().empty()) continue;
      const std::vector<std::string> parts = absl::StrSplit(pod.name(), '/');
      const bool is_v6 = absl::StrContains(pod.podip(), ":");
      const std::string host = is_v6 ? absl::StrCat("[", pod.podip(), "]") : pod.podip();
      proxies.push_back(
          {parts.back(), pod.podip().empty() ? "" : absl::StrCat(host, ":", kProxyAdminPort)});
    }
  }
  if (proxies.empty()) {
    return absl::NotFoundError(absl::StrCat("no meshed pods found for ", flags.resources.front(),
                                            " in namespace ", flags.namespace_name,
                                            ": give the namespace with -n"));
  }
  return proxies;
}

absl::StatusOr<std::string> FetchMetrics(const Proxy& proxy) {
  if (proxy.address.empty()) return absl::NotFoundError("the pod has no address");
  GOSSAMER_ASSIGN_OR_RETURN(
      std::unique_ptr<HttpClient> http,
      HttpClient::Create(absl::StrCat("http://", proxy.address), HttpClient::Options()));
  GOSSAMER_ASSIGN_OR_RETURN(HttpReply reply, http->Get("/metrics", kTimeout));
  if (reply.status != 200) {
    return absl::UnavailableError(
        absl::StrCat("GET http://", proxy.address, "/metrics: HTTP status ", reply.status));
  }
  return std::move(reply.body);
}

void Run(const Flags& flags, Context* context) {
  if (flags.resources.empty() && flags.addresses.empty()) {
    return context->Fail(
        absl::InvalidArgumentError("name pods or a workload, for instance deploy/web, or give a "
                                   "proxy's address with --proxy-addr HOST:PORT"),
        kExitUsage);
  }
  const absl::StatusOr<std::vector<Proxy>> proxies = FindProxies(flags, *context);
  if (!proxies.ok()) {
    return context->Fail(proxies.status(),
                         absl::IsInvalidArgument(proxies.status()) ? kExitUsage : kExitFailure);
  }
  std::ostream& out = *context->console.out;
  for (size_t i = 0; i < proxies->size(); ++i) {
    const Proxy& proxy = (*proxies)[i];
    const absl::StatusOr<std::string> metrics = FetchMetrics(proxy);
    out << "#\n# POD " << proxy.name << " (" << i + 1 << " of " << proxies->size() << ")\n#\n";
    if (metrics.ok()) {
      out << *metrics;
      if (!absl::EndsWith(*metrics, "\n")) out << "\n";
    } else {
      out << "# ERROR: " << std::string(metrics.status().message()) << "\n";
      context->exit_code = kExitFailure;
    }
  }
}

}  // namespace

void AddProxyMetricsCommand(CLI::App* diagnostics, Context* context) {
  CLI::App* command = AddCommand(diagnostics, "proxy-metrics",
                                 "The metrics of proxies, as they expose them", kExamples);
  auto flags = std::make_shared<Flags>();
  command->add_option("RESOURCES", flags->resources, "TYPE/NAME, or TYPE NAME...");
  command->add_option("-n,--namespace", flags->namespace_name, "Namespace of the resources")
      ->capture_default_str();
  command->add_option("--proxy-addr", flags->addresses,
                      "host:port of a proxy's admin server, besides those of the resources");
  command->callback([flags, context] { Run(*flags, context); });
}

}  // namespace gossamer::cli
