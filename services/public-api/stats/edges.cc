#include "services/public-api/stats/edges.h"

#include <map>
#include <tuple>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/prometheus/selector.h"
#include "lib/status/status_macros.h"
#include "services/public-api/stats/objects.h"

namespace gossamer::public_api {
namespace {

namespace viz = linkerd2::viz;

// What people read for a proxy's reason. A reason that is not listed is shown as it is: an edge
// without a server's identity must never look secured.
std::string ReasonText(const prom::Sample& sample) {
  static const auto* const kTexts = new std::map<std::string, std::string>{
      {"disabled", "Disabled"},
      {"ingress_without_override", "Ingress Without Override"},
      {"loopback", "Loopback"},
      {"no_authority_in_http_request", "No Authority In HTTP Request"},
      {"not_http", "Not HTTP"},
      {"not_provided_by_remote", "Not Provided By Remote"},
      {"not_provided_by_service_discovery", "Not Provided By Service Discovery"},
      {"port_skipped", "Port Skipped"},
  };
  if (!sample.Label("server_id").empty()) return "";
  const std::string& reason = sample.Label("no_tls_reason");
  const auto it = kTexts->find(reason);
  if (it != kTexts->end()) return it->second;
  return reason.empty() ? "Not Secured" : reason;
}

viz::Resource ResourceOf(ResourceType type, const std::string& namespace_name,
                         const std::string& name) {
  return Target{type, namespace_name, name}.ToResource();
}

}  // namespace

absl::StatusOr<Edges> Edges::Plan(const viz::EdgesRequest& request, const StatsOptions& options) {
  if (!request.selector().has_resource()) {
    return absl::InvalidArgumentError("Edges request missing Selector Resource");
  }
  Edges edges;
  GOSSAMER_ASSIGN_OR_RETURN(edges.target_, Target::Parse(request.selector().resource()));
  const ResourceType type = edges.target_.type;
  if (!IsPodOwner(type) && type != ResourceType::kPod && type != ResourceType::kNamespace) {
    return absl::InvalidArgumentError(
        absl::StrCat("Edges are between workloads, pods or namespaces, not of type \"",
                     CanonicalName(type), "\""));
  }
  if (!edges.target_.name.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Edges cannot be returned for a specific resource name; remove ",
                     edges.target_.name, " from query"));
  }
  GOSSAMER_ASSIGN_OR_RETURN(edges.selector_,
                            LabelSelector::Parse(request.selector().label_selector()));
  return edges;
}

std::vector<std::string> Edges::Queries() const {
  const std::string label(MetricLabel(target_.type));
  const std::string dst_label = absl::StrCat("dst_", label);
  std::vector<std::string> group = {"pod", "server_id", "namespace", "dst_namespace",
                                    "no_tls_reason"};
  if (target_.type != ResourceType::kNamespace) {
    group.insert(group.begin(), dst_label);
    if (target_.type != ResourceType::kPod) group.insert(group.begin(), label);
  }
  const prom::Selector selector =
      prom::Selector().Equal("direction", "outbound").Present(label).Present(dst_label);
  return {absl::StrCat("sum(tcp_open_connections", selector.ToString(), ") by (",
                       absl::StrJoin(group, ", "), ")")};
}

viz::EdgesResponse Edges::Fold(absl::Span<const prom::Vector> answers,
                               const ClusterSnapshot& cluster) const {
  viz::EdgesResponse response;
  viz::EdgesResponse::Ok* ok = response.mutable_ok();
  std::map<ObjectKey, const PodInfo*> pods;
  for (const PodInfo& pod : cluster.pods) pods[{pod.namespace_name, pod.name}] = &pod;

  const std::string label(MetricLabel(target_.type));
  // Source and destination; the sources' order is the table's.
  std::map<std::tuple<std::string, std::string, std::string, std::string>, viz::Edge> edges;
  for (const prom::Sample& sample : answers.at(0)) {
    const std::string& src_namespace = sample.Label("namespace");
    const std::string& dst_namespace = sample.Label("dst_namespace");
    if (ToCount(sample.value) == 0) continue;
    if (!target_.namespace_name.empty() && target_.namespace_name != src_namespace &&
        target_.namespace_name != dst_namespace) {
      continue;
    }
    const auto pod = pods.find({src_namespace, sample.Label("pod")});
    if (pod == pods.end() || !selector_.Matches(pod->second->labels)) continue;
    const bool is_namespace = target_.type == ResourceType::kNamespace;
    viz::Edge edge;
    *edge.mutable_src() =
        ResourceOf(target_.type, is_namespace ? "" : src_namespace, sample.Label(label));
    *edge.mutable_dst() = ResourceOf(target_.type, is_namespace ? "" : dst_namespace,
                                     sample.Label(absl::StrCat("dst_", label)));
    edge.set_client_id(pod->second->identity);
    edge.set_server_id(sample.Label("server_id"));
    edge.set_no_identity_msg(ReasonText(sample));
    const auto [it, is_new] = edges.emplace(
        std::make_tuple(src_namespace, dst_namespace, edge.src().name(), edge.dst().name()), edge);
    // One unsecured connection makes the edge unsecured, whichever was seen first.
    if (!is_new && it->second.no_identity_msg().empty() && !edge.no_identity_msg().empty()) {
      it->second = edge;
    }
  }
  for (const auto& [key, edge] : edges) *ok->add_edges() = edge;
  return response;
}

}  // namespace gossamer::public_api
