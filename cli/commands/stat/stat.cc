#include "cli/commands/stat/stat.h"

#include <algorithm>
#include <future>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cli/commands/resource_args.h"
#include "lib/prometheus/window.h"
#include "lib/status/status_macros.h"

namespace gossamer::cli {
namespace {

namespace viz = linkerd2::viz;

// A shorter window holds fewer than two of Prometheus's usual samples.
constexpr absl::Duration kWindowMin = absl::Seconds(15);

absl::Status CheckFlags(const StatOptions& options) {
  if (!options.to.empty() && !options.from.empty()) {
    return absl::InvalidArgumentError("--to and --from flags are mutually exclusive");
  }
  if (!options.to_namespace.empty() && !options.from_namespace.empty()) {
    return absl::InvalidArgumentError(
        "--to-namespace and --from-namespace flags are mutually exclusive");
  }
  if (options.all_namespaces && !options.namespace_name.empty()) {
    return absl::InvalidArgumentError(
        "--all-namespaces and --namespace flags are mutually exclusive");
  }
  GOSSAMER_ASSIGN_OR_RETURN(const absl::Duration window, prom::ParseWindow(options.time_window));
  if (window < kWindowMin) {
    return absl::InvalidArgumentError("metrics time window needs to be at least 15s");
  }
  return absl::OkStatus();
}

absl::Status CheckTarget(const StatOptions& options, const viz::Resource& target) {
  if (options.all_namespaces && !target.name().empty() && target.type() != "namespace") {
    return absl::InvalidArgumentError(
        "stats for a resource cannot be retrieved by name across all namespaces");
  }
  if (target.type() != "namespace") return absl::OkStatus();
  const std::pair<const std::string*, const char*> kFlags[] = {
      {&options.to_namespace, "--to-namespace"},
      {&options.from_namespace, "--from-namespace"},
      {&options.namespace_name, "--namespace"},
  };
  for (const auto& [value, flag] : kFlags) {
    if (!value->empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat(flag, " flag is incompatible with namespace resource type"));
    }
  }
  return absl::OkStatus();
}

StatRow NewRow(const viz::StatTable::PodGroup::Row& in, ResourceType type, double seconds) {
  StatRow row;
  row.type = type;
  row.namespace_name = in.resource().namespace_();
  row.name = in.resource().name();
  row.status = in.status();
  row.server = in.srv_stats().srv().name();
  row.meshed_pods = in.meshed_pod_count();
  row.running_pods = in.running_pod_count();
  const uint64_t total = in.stats().success_count() + in.stats().failure_count();
  if (total > 0) {
    row.requests = StatRow::Requests{
        static_cast<double>(in.stats().success_count()) / static_cast<double>(total),
        static_cast<double>(total) / seconds, in.stats().latency_ms_p50(),
        in.stats().latency_ms_p95(), in.stats().latency_ms_p99()};
  }
  if (in.has_tcp_stats()) {
    row.tcp = StatRow::Tcp{in.tcp_stats().open_connections(),
                           static_cast<double>(in.tcp_stats().read_bytes_total()) / seconds,
                           static_cast<double>(in.tcp_stats().write_bytes_total()) / seconds};
  }
  if (in.has_srv_stats() && in.srv_stats().allowed_count() + in.srv_stats().denied_count() > 0) {
    row.unauthorized_per_second = static_cast<double>(in.srv_stats().denied_count()) / seconds;
  }
  return row;
}

// Pods that are done, and what the mesh has no part in, are left out.
bool IsShown(const StatRow& row, const StatOptions& options) {
  if (row.status == "Completed" || row.status == "Succeeded") return false;
  const bool counts_pods = IsPodOwner(row.type) || row.type == ResourceType::kPod ||
                           row.type == ResourceType::kNamespace;
  return !counts_pods || row.meshed_pods > 0 || options.unmeshed || !options.from.empty();
}

}  // namespace

absl::StatusOr<std::vector<viz::StatSummaryRequest>> BuildStatRequests(const StatOptions& options) {
  GOSSAMER_RETURN_IF_ERROR(CheckFlags(options));
  std::string namespace_name = options.namespace_name;
  if (namespace_name.empty() && !options.all_namespaces) namespace_name = "default";
  GOSSAMER_ASSIGN_OR_RETURN(const std::vector<viz::Resource> targets,
                            ParseResources(namespace_name, options.resources));
  std::vector<viz::StatSummaryRequest> requests;
  for (const viz::Resource& target : targets) {
    GOSSAMER_RETURN_IF_ERROR(CheckTarget(options, target));
    viz::StatSummaryRequest request;
    *request.mutable_selector()->mutable_resource() = target;
    request.mutable_selector()->set_label_selector(options.selector);
    request.set_time_window(options.time_window);
    request.set_tcp_stats(true);
    const auto other_namespace = [&](const std::string& given) {
      return given.empty() ? target.namespace_() : given;
    };
    if (!options.to.empty()) {
      GOSSAMER_ASSIGN_OR_RETURN(*request.mutable_to_resource(),
                                ParseResource(other_namespace(options.to_namespace), options.to));
    } else if (!options.from.empty()) {
      GOSSAMER_ASSIGN_OR_RETURN(
          *request.mutable_from_resource(),
          ParseResource(other_namespace(options.from_namespace), options.from));
    } else {
      request.mutable_none();
    }
    requests.push_back(std::move(request));
  }
  return requests;
}

absl::StatusOr<std::vector<StatRow>> RunStat(VizClient* client, const StatOptions& options,
                                             const std::vector<viz::StatSummaryRequest>& requests) {
  GOSSAMER_ASSIGN_OR_RETURN(const absl::Duration window, prom::ParseWindow(options.time_window));
  std::vector<std::future<absl::StatusOr<std::vector<viz::StatTable>>>> answers;
  for (const viz::StatSummaryRequest& request : requests) {
    answers.push_back(std::async(std::launch::async,
                                 [client, &request] { return client->StatSummary(request); }));
  }
  std::vector<StatRow> rows;
  absl::Status status;
  for (auto& answer : answers) {
    absl::StatusOr<std::vector<viz::StatTable>> tables = answer.get();
    status.Update(tables.status());
    if (!tables.ok()) continue;
    for (const viz::StatTable& table : *tables) {
      for (const auto& in : table.pod_group().rows()) {
        const std::optional<ResourceType> type = FromCanonicalName(in.resource().type());
        if (!type.has_value()) continue;
        StatRow row = NewRow(in, *type, absl::ToDoubleSeconds(window));
        if (IsShown(row, options)) rows.push_back(std::move(row));
      }
    }
  }
  if (!status.ok()) return status;
  // The order of the types is that of their names.
  std::sort(rows.begin(), rows.end(), [](const StatRow& a, const StatRow& b) {
    return std::tie(a.type, a.namespace_name, a.name, a.server) <
           std::tie(b.type, b.namespace_name, b.name, b.server);
  });
  return rows;
}

}  // namespace gossamer::cli
