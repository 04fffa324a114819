#include "services/destination/endpoints/endpoint_set.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/destination/endpoints/encode.h"
#include "services/destination/endpoints/workload.h"

namespace gossamer::destination {
namespace {

namespace proto = io::linkerd::proxy::destination;

// A proxy refuses a message beyond 4 MiB. The first message should be the whole set, so it is only
// divided where it must be.
constexpr size_t kAddBytesMax = 3 * 1024 * 1024;

// An endpoint that may be chosen, before filters that look at all of them.
struct Candidate {
  const k8s::EndpointSlice::Endpoint* endpoint = nullptr;
  const k8s::EndpointSlice* slice = nullptr;
  net::SocketAddress address;
  std::shared_ptr<const k8s::Pod> pod;  // nullptr for an endpoint without one.
};

void AddZoneLabels(const std::string& zone, const std::string& client_zone,
                   proto::WeightedAddr* address) {
  auto& labels = *address->mutable_metric_labels();
  if (labels.count("pod") > 0) labels["zone"] = zone;
  labels["zone_locality"] = zone.empty() || client_zone.empty() ? "unknown"
                            : zone == client_zone               ? "local"
                                                                : "remote";
}

}  // namespace

// Gathers candidates and filters them, in the order of the contract.
class EndpointSetBuilder {
 public:
  EndpointSetBuilder(const Cluster& cluster, const Settings& settings, const EndpointQuery& query)
      : cluster_(cluster), settings_(settings), query_(query) {}

  std::shared_ptr<const EndpointSet> Build() {
    auto set = std::make_shared<EndpointSet>();
    const std::shared_ptr<const k8s::Service> service = cluster_.FindService(query_.service);
    if (service == nullptr) return set;
    set->exists_ = true;
    set->labels_ = {{"namespace", query_.service.first}, {"service", query_.service.second}};
    for (const auto& slice : cluster_.SlicesOf(query_.service)) Gather(slice, *service);
    if (service->internal_traffic_local) {
      KeepNode();
    } else {
      KeepZone();
    }
    KeepOneFamily();
    for (const Candidate& candidate : candidates_)
      set->endpoints_[candidate.address] = Describe(candidate);
    set->unresolved_ = unresolved_;
    return set;
  }

 private:
  // The endpoint's port by the name that the service gives the asked one; the number itself where
  // the service does not know it.
  int PortOf(const k8s::EndpointSlice& slice, const k8s::Service& service) const {
    const k8s::Service::Port* wanted = service.FindPort(query_.port);
    if (wanted == nullptr) return slice.ports.empty() ? 0 : query_.port;
    for (const k8s::EndpointSlice::Port& port : slice.ports) {
      if (port.name == wanted->name) return port.port;
    }
    return 0;
  }

  void Gather(const std::shared_ptr<const k8s::EndpointSlice>& slice, const k8s::Service& service) {
    const int port = PortOf(*slice, service);
    if (port == 0) return;
    slices_.push_back(slice);
    for (const k8s::EndpointSlice::Endpoint& endpoint : slice->endpoints) {
      if (!endpoint.ready) continue;
      if (!query_.hostname.empty() && endpoint.hostname != query_.hostname) continue;
      for (const std::string& text : endpoint.addresses) {
        GatherAddress(*slice, endpoint, text, port);
      }
    }
  }

  void GatherAddress(const k8s::EndpointSlice& slice, const k8s::EndpointSlice::Endpoint& endpoint,
                     const std::string& text, int port) {
    const absl::StatusOr<net::IpAddress> ip = net::IpAddress::Parse(text);
    if (!ip.ok()) return;
    Candidate candidate{&endpoint, &slice, {*ip, static_cast<uint16_t>(port)}, nullptr};
    if (endpoint.target) {
      if (endpoint.target->kind != k8s::Pod::kKind) return;
      const std::string& space = endpoint.target->namespace_name;
      candidate.pod = cluster_.FindPod(
          {space.empty() ? slice.meta.namespace_name : space, endpoint.target->name});
      if (candidate.pod == nullptr) {
        ++unresolved_;
        return;
      }
    }
    candidates_.push_back(std::move(candidate));
  }

  template <typename Keep>
  void Filter(Keep keep) {
    candidates_.erase(std::remove_if(candidates_.begin(), candidates_.end(),
                                     [&](const Candidate& c) { return !keep(c); }),
                      candidates_.end());
  }

  void KeepNode() {
    Filter([&](const Candidate& c) {
      return c.pod != nullptr && c.pod->node_name == query_.client_node;
    });
  }

  void KeepZone() {
    const auto hints = [](const Candidate& c) { return !c.endpoint->hinted_zones.empty(); };
    if (!std::all_of(candidates_.begin(), candidates_.end(), hints)) return;
    const auto is_near = [&](const Candidate& c) {
      const std::vector<std::string>& zones = c.endpoint->hinted_zones;
      return std::find(zones.begin(), zones.end(), query_.client_zone) != zones.end();
    };
    if (std::any_of(candidates_.begin(), candidates_.end(), is_near)) Filter(is_near);
  }

  // A pod of both families is one endpoint, not two.
  void KeepOneFamily() {
    std::set<const k8s::Pod*> with_v6;
    for (const Candidate& c : candidates_) {
      if (c.pod != nullptr && !c.address.ip().is_v4()) with_v6.insert(c.pod.get());
    }
    Filter([&](const Candidate& c) {
      return c.pod == nullptr || !c.address.ip().is_v4() || with_v6.count(c.pod.get()) == 0;
    });
  }

  EndpointSet::Endpoint Describe(const Candidate& candidate) const {
    EndpointSet::Endpoint endpoint;
    proto::WeightedAddr& address = endpoint.address;
    SetAddress(candidate.address, address.mutable_addr());
    if (candidate.pod != nullptr) {
      DescribePod(cluster_, settings_, *candidate.pod, candidate.address.port(), &address);
    } else {
      DescribeBare(candidate, &address);
    }
    AddZoneLabels(candidate.endpoint->zone, query_.client_zone, &address);
    endpoint.encoded = Encode(address);
    return endpoint;
  }

  // An address without a pod: outside the cluster, or another cluster's gateway.
  void DescribeBare(const Candidate& candidate, proto::WeightedAddr* address) const {
    address->set_weight(10000);
    const k8s::ObjectMeta& meta = candidate.slice->meta;
    if (const std::string* name = meta.Annotation("mirror.linkerd.io/remote-svc-fq-name")) {
      address->mutable_authority_override()->set_authority_override(
          absl::StrCat(*name, ":", query_.port));
    }
    if (const std::string* gateway = meta.Annotation("mirror.linkerd.io/remote-gateway-identity")) {
      address->mutable_tls_identity()->mutable_dns_like_identity()->set_name(*gateway);
      if (settings_.h2_upgrade) address->mutable_protocol_hint()->mutable_h2();
    }
  }

  const Cluster& cluster_;
  const Settings& settings_;
  const EndpointQuery& query_;
  std::vector<std::shared_ptr<const k8s::EndpointSlice>> slices_;  // Keeps the candidates' alive.
  std::vector<Candidate> candidates_;
  int unresolved_ = 0;
};

std::string EndpointQuery::Key() const {
  return absl::StrCat(service.first, "/", service.second, ":", port, "|", hostname, "|",
                      client_zone, "|", client_node);
}

bool EndpointSet::SameAs(const EndpointSet& other) const {
  return exists_ == other.exists_ && labels_ == other.labels_ &&
         endpoints_.size() == other.endpoints_.size() &&
         std::equal(endpoints_.begin(), endpoints_.end(), other.endpoints_.begin(),
                    [](const auto& a, const auto& b) {
                      return a.first == b.first && a.second.encoded == b.second.encoded;
                    });
}

std::vector<proto::Update> EndpointSet::UpdatesFrom(const EndpointSet* before) const {
  std::vector<proto::Update> updates;
  if (endpoints_.empty()) {
    // Clears the client's set at once, and is an answer even where there was none before.
    updates.emplace_back().mutable_no_endpoints()->set_exists(exists_);
    return updates;
  }
  proto::WeightedAddrSet* added = nullptr;
  size_t added_bytes = 0;
  for (const auto& [address, endpoint] : endpoints_) {
    if (before != nullptr) {
      const auto known = before->endpoints_.find(address);
      if (known != before->endpoints_.end() && known->second.encoded == endpoint.encoded) continue;
    }
    if (added == nullptr || added_bytes + endpoint.encoded.size() > kAddBytesMax) {
      added = updates.emplace_back().mutable_add();
      added->mutable_metric_labels()->insert(labels_.begin(), labels_.end());
      added_bytes = 0;
    }
    *added->add_addrs() = endpoint.address;
    added_bytes += endpoint.encoded.size();
  }
  if (before == nullptr) return updates;
  proto::AddrSet* removed = nullptr;
  for (const auto& [address, endpoint] : before->endpoints_) {
    if (endpoints_.count(address) > 0) continue;
    if (removed == nullptr) removed = updates.emplace_back().mutable_remove();
    *removed->add_addrs() = endpoint.address.addr();
  }
  return updates;
}

absl::Status CheckService(const Cluster& cluster, const Name& service) {
  const std::shared_ptr<const k8s::Service> found = cluster.FindService(service);
  if (found == nullptr) {
    return absl::NotFoundError(
        absl::StrCat("Service ", service.second, ".", service.first, " not found"));
  }
  if (found->type == "ExternalName") {
    return absl::InvalidArgumentError(absl::StrCat("Invalid authority: service ", service.second,
                                                   ".", service.first,
                                                   " is an ExternalName, which has no endpoints"));
  }
  if (found->meta.Label("multicluster.linkerd.io/remote-discovery") != nullptr &&
      found->meta.Label("multicluster.linkerd.io/remote-service") == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("Service ", service.second, ".", service.first,
                     " needs the label multicluster.linkerd.io/remote-service"));
  }
  return absl::OkStatus();
}

std::shared_ptr<const EndpointSet> BuildEndpointSet(const Cluster& cluster,
                                                    const Settings& settings,
                                                    const EndpointQuery& query) {
  return EndpointSetBuilder(cluster, settings, query).Build();
}

}  // namespace gossamer::destination
