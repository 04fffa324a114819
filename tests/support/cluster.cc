#include "tests/support/cluster.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/status/status_macros.h"
#include "tests/support/isolation.h"

namespace gossamer::harness {
namespace {

constexpr int kDnsPort = 53;
// Service addresses: 10.43.1.1 and on, apart from the name server's.
constexpr char kServiceAddressPrefix[] = "10.43.1.";
constexpr char kServiceAddressPrefix6[] = "fd00:43::1:";
constexpr size_t kServicesMax = 250;

bool Selects(const ServiceSpec& service, const Workload& workload) {
  if (service.ns != workload.ns || service.selector.empty()) return false;
  const StringMap labels = PodLabels(workload);
  return std::all_of(service.selector.begin(), service.selector.end(), [&](const auto& wanted) {
    const auto found = labels.find(wanted.first);
    return found != labels.end() && found->second == wanted.second;
  });
}

std::string DnsNameOf(const ServiceSpec& service) {
  return absl::StrCat(service.name, ".", service.ns, ".svc.", kClusterDomain);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Cluster>> Cluster::Create(Options options) {
  std::unique_ptr<Cluster> cluster(new Cluster(std::move(options)));
  for (const std::string& folder :
       {cluster->options_.folder, cluster->manifest_folder(), cluster->log_folder()}) {
    if (mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) {
      return absl::InternalError(absl::StrCat("mkdir ", folder, ": ", strerror(errno)));
    }
  }
  GOSSAMER_ASSIGN_OR_RETURN(cluster->network_, ClusterNetwork::Create(cluster->options_.ipv6));
  GOSSAMER_ASSIGN_OR_RETURN(cluster->dns_, ClusterDns::Start(kDnsAddress, kDnsPort));
  GOSSAMER_RETURN_IF_ERROR(cluster->WriteManifest("node.yaml", NodeYaml()));
  return cluster;
}

Cluster::~Cluster() {
  // Together and not one after the other: nobody waits for what the others still want.
  for (PodEntry& entry : pods_) {
    for (Process* process : {entry.pod->program(), entry.pod->proxy()}) {
      if (process != nullptr) process->Signal(SIGKILL);
    }
  }
}

absl::Status Cluster::WriteManifest(const std::string& name, absl::string_view text) {
  const std::string path = absl::StrCat(manifest_folder(), "/", name);
  if (text.empty()) {
    remove(path.c_str());
    return absl::OkStatus();
  }
  // A dot in front: not a manifest until it is renamed.
  const std::string draft = absl::StrCat(manifest_folder(), "/.", name, ".draft");
  std::ofstream file(draft);
  file << text;
  file.close();
  if (!file || rename(draft.c_str(), path.c_str()) != 0) {
    return absl::InternalError(absl::StrCat("writing ", path, ": ", strerror(errno)));
  }
  return absl::OkStatus();
}

absl::Status Cluster::AddNamespace(const std::string& name) {
  return WriteManifest(absl::StrCat("namespace-", name, ".yaml"), NamespaceYaml(name));
}

absl::Status Cluster::AddService(const ServiceSpec& service) {
  if (services_.size() >= kServicesMax) return absl::ResourceExhaustedError("too many services");
  if (service.families != IpFamilies::kIpv4 && !options_.ipv6) {
    return absl::InvalidArgumentError(
        absl::StrCat("service ", service.name, ": the cluster has no IPv6; see Cluster::Options"));
  }
  const size_t number = services_.size() + 1;
  ServiceEntry entry = {service, service.headless ? "None" : "", ""};
  std::vector<std::string> ips;
  if (!service.headless && service.families != IpFamilies::kIpv6) {
    ips.push_back(entry.ip = absl::StrCat(kServiceAddressPrefix, number));
  }
  if (!service.headless && service.families != IpFamilies::kIpv4) {
    ips.push_back(entry.ip6 = absl::StrCat(kServiceAddressPrefix6, absl::Hex(number)));
  }
  services_.push_back(entry);
  GOSSAMER_RETURN_IF_ERROR(WriteManifest(
      absl::StrCat("service-", service.ns, "-", service.name, ".yaml"), ServiceYaml(service, ips)));
  return PublishEndpoints(services_.back());
}

absl::Status Cluster::PublishEndpoints(const ServiceEntry& service) {
  std::vector<PodRecord> ready;
  DnsName name;
  for (const PodEntry& entry : pods_) {
    if (!entry.announced || !Selects(service.spec, entry.pod->workload())) continue;
    ready.push_back(entry.pod->record());
    name.addresses.push_back(entry.pod->ip());
  }
  if (service.spec.headless) {
    // Of the only port: the harness has no headless Service with two.
    if (!service.spec.ports.empty()) name.port = service.spec.ports[0].port;
  } else {
    name.addresses.clear();
    for (const std::string& ip : {service.ip, service.ip6}) {
      if (!ip.empty()) name.addresses.push_back(ip);
    }
  }
  dns_->Set(DnsNameOf(service.spec), name);
  return WriteManifest(
      absl::StrCat("endpointslice-", service.spec.ns, "-", service.spec.name, ".yaml"),
      EndpointSliceYaml(service.spec, ready));
}

absl::Status Cluster::PublishEndpointsOf(const Workload& workload) {
  for (const ServiceEntry& service : services_) {
    if (Selects(service.spec, workload)) GOSSAMER_RETURN_IF_ERROR(PublishEndpoints(service));
  }
  return absl::OkStatus();
}

absl::Status Cluster::AddWorkload(const Workload& workload, bool wait) {
  workloads_[workload.name] = workload;
  GOSSAMER_RETURN_IF_ERROR(WriteManifest(
      absl::StrCat("workload-", workload.ns, "-", workload.name, ".yaml"), WorkloadYaml(workload)));
  std::vector<Pod*> started;
  for (int i = 0; i < workload.replicas; ++i) {
    GOSSAMER_ASSIGN_OR_RETURN(Pod * pod, StartPod(workload));
    started.push_back(pod);
  }
  for (Pod* pod : started) {
    if (wait) GOSSAMER_RETURN_IF_ERROR(WaitReady(pod));
  }
  return absl::OkStatus();
}

absl::StatusOr<Pod*> Cluster::StartPod(const Workload& workload) {
  Pod::Options pod_options;
  pod_options.workload = workload;
  std::vector<std::string>& environment = pod_options.workload.proxy_environment;
  environment.insert(environment.begin(), options_.proxy_environment.begin(),
                     options_.proxy_environment.end());
  pod_options.name =
      absl::StrFormat("%s-%s-%05d", workload.name, kPodTemplateHash, ++pods_created_);
  pod_options.programs = options_.programs;
  pod_options.trust_anchors = options_.trust_anchors;
  pod_options.log_folder = log_folder();
  if (workload.meshed) {
    GOSSAMER_ASSIGN_OR_RETURN(pod_options.token,
                              options_.mint_token(workload.account(), workload.ns));
  }
  GOSSAMER_ASSIGN_OR_RETURN(std::unique_ptr<PodNamespace> net, network_->AddPod());
  // Before the proxy asks for anything: its own policies and profile are looked up by this.
  GOSSAMER_RETURN_IF_ERROR(
      WriteManifest(absl::StrCat("pod-", workload.ns, "-", pod_options.name, ".yaml"),
                    PodYaml({&workload, pod_options.name, net->ip(), net->ip6()})));
  GOSSAMER_ASSIGN_OR_RETURN(std::unique_ptr<Pod> pod,
                            Pod::Start(std::move(pod_options), std::move(net)));
  pods_.push_back({std::move(pod), false});
  return pods_.back().pod.get();
}

absl::Status Cluster::WaitReady(Pod* pod) {
  GOSSAMER_RETURN_IF_ERROR(pod->WaitReady(options_.ready_timeout));
  return SetAnnounced(pod, true);
}

absl::Status Cluster::SetAnnounced(Pod* pod, bool announced) {
  for (PodEntry& entry : pods_) {
    if (entry.pod.get() == pod) entry.announced = announced;
  }
  return PublishEndpointsOf(pod->workload());
}

absl::StatusOr<Pod*> Cluster::AddPod(const std::string& workload) {
  const auto found = workloads_.find(workload);
  if (found == workloads_.end()) {
    return absl::NotFoundError(absl::StrCat("no workload called ", workload));
  }
  GOSSAMER_ASSIGN_OR_RETURN(Pod * pod, StartPod(found->second));
  GOSSAMER_RETURN_IF_ERROR(WaitReady(pod));
  return pod;
}

absl::Status Cluster::RemovePod(Pod* pod, absl::Duration grace) {
  GOSSAMER_RETURN_IF_ERROR(SetAnnounced(pod, false));
  pod->Stop(grace);
  GOSSAMER_RETURN_IF_ERROR(
      WriteManifest(absl::StrCat("pod-", pod->workload().ns, "-", pod->name(), ".yaml"), ""));
  pods_.erase(std::remove_if(pods_.begin(), pods_.end(),
                             [&](const PodEntry& entry) { return entry.pod.get() == pod; }),
              pods_.end());
  return absl::OkStatus();
}

Pod* Cluster::pod(const std::string& workload) { return pods(workload).at(0); }

std::vector<Pod*> Cluster::pods(const std::string& workload) {
  std::vector<Pod*> found;
  for (const PodEntry& entry : pods_) {
    if (workload.empty() || entry.pod->workload().name == workload) {
      found.push_back(entry.pod.get());
    }
  }
  return found;
}

std::string Cluster::service_ip(const std::string& ns, const std::string& name) const {
  for (const ServiceEntry& service : services_) {
    if (service.spec.ns == ns && service.spec.name == name) return service.ip;
  }
  return "";
}

std::string Cluster::service_ip6(const std::string& ns, const std::string& name) const {
  for (const ServiceEntry& service : services_) {
    if (service.spec.ns == ns && service.spec.name == name) return service.ip6;
  }
  return "";
}

absl::Status Cluster::CheckRunning() {
  for (const PodEntry& entry : pods_) GOSSAMER_RETURN_IF_ERROR(entry.pod->CheckRunning());
  return absl::OkStatus();
}

}  // namespace gossamer::harness
