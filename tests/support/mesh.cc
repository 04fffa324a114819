#include "tests/support/mesh.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/substitute.h"
#include "lib/status/status_macros.h"
#include "tests/support/folder.h"
#include "tests/support/process.h"
#include "tests/support/runfiles.h"

namespace gossamer::harness {
namespace {

constexpr char kTokenIssuer[] = "https://kubernetes.default.svc.cluster.local";
constexpr absl::Duration kIssuerLifetime = absl::Hours(24 * 90);

Workload ControlPlaneWorkload(const std::string& name, std::vector<std::string> command,
                              std::vector<ContainerPort> ports) {
  Workload workload;
  workload.ns = kControlPlaneNamespace;
  workload.name = name;
  workload.labels = {{"linkerd.io/control-plane-component", name}};
  workload.command = std::move(command);
  workload.ports = std::move(ports);
  return workload;
}

ServiceSpec ControlPlaneService(const std::string& name, const std::string& workload, int port,
                                bool headless) {
  ServiceSpec service;
  service.ns = kControlPlaneNamespace;
  service.name = name;
  service.selector = {{"linkerd.io/control-plane-component", workload}};
  service.ports = {{"grpc", port}};
  service.headless = headless;
  return service;
}

absl::Status MakeFolder(const std::string& path, unsigned owner) {
  if ((mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) ||
      chown(path.c_str(), owner, owner) != 0) {
    return absl::InternalError(absl::StrCat("making ", path, ": ", strerror(errno)));
  }
  return absl::OkStatus();
}

// The configuration that the product ships, with its placeholders filled.
absl::StatusOr<std::string> PrometheusConfig(absl::Duration interval, const std::string& targets) {
  const std::string path = Runfile("k8s/prometheus/prometheus.yml");
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  if (text.str().empty()) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  return absl::StrReplaceAll(
      text.str(), {{"@TARGETS@", targets}, {"@SCRAPE_INTERVAL@", absl::FormatDuration(interval)}});
}

}  // namespace

MeshPrograms MeshPrograms::FromRunfiles() {
  MeshPrograms programs;
  programs.pod.proxy = Runfile("proxy/proxy");
  programs.pod.proxy_init = Runfile("proxy/init/init");
  programs.identity = Runfile("services/identity/identity");
  programs.destination = Runfile("services/destination/destination");
  programs.public_api = Runfile("services/public-api/public-api");
  programs.prometheus = Runfile("external/debian/pkg/prometheus/usr/bin/prometheus");
  programs.mint_token = Runfile("services/identity/token/mint_token");
  return programs;
}

absl::StatusOr<std::unique_ptr<Mesh>> Mesh::Start(Options options) {
  std::unique_ptr<Mesh> mesh(new Mesh(std::move(options)));
  const Options& o = mesh->options_;
  mesh->state_folder_ = MakePrivateFolder();
  if (o.folder.empty()) mesh->options_.folder = mesh->state_folder_;
  GOSSAMER_RETURN_IF_ERROR(mesh->MakeSecrets());

  Cluster::Options cluster_options;
  cluster_options.programs = o.programs.pod;
  cluster_options.folder = o.folder;
  cluster_options.trust_anchors = mesh->root_->Pem();
  cluster_options.ready_timeout = o.ready_timeout;
  cluster_options.proxy_environment = o.proxy_environment;
  cluster_options.ipv6 = o.ipv6;
  cluster_options.mint_token = [raw = mesh.get()](const std::string& account,
                                                  const std::string& ns) {
    return raw->MintToken(account, ns);
  };
  GOSSAMER_ASSIGN_OR_RETURN(mesh->cluster_, Cluster::Create(std::move(cluster_options)));
  GOSSAMER_RETURN_IF_ERROR(mesh->cluster_->AddNamespace(kControlPlaneNamespace));
  GOSSAMER_RETURN_IF_ERROR(mesh->StartIdentity());
  GOSSAMER_RETURN_IF_ERROR(mesh->StartDestination());
  if (o.statistics) {
    GOSSAMER_RETURN_IF_ERROR(mesh->StartPrometheus());
    GOSSAMER_RETURN_IF_ERROR(mesh->StartPublicApi());
    GOSSAMER_RETURN_IF_ERROR(mesh->PublishScrapeTargets());
  }
  return mesh;
}

absl::Status Mesh::MakeSecrets() {
  GOSSAMER_ASSIGN_OR_RETURN(TrustRoot root, TrustRoot::Create("root.linkerd.cluster.local"));
  root_ = std::make_unique<TrustRoot>(std::move(root));
  GOSSAMER_RETURN_IF_ERROR(RotateIssuer());
  GOSSAMER_RETURN_IF_ERROR(WriteFileFor(path("anchors.pem"), root_->Pem(), 0, 0644));
  return RunCommand({options_.programs.mint_token, "create-key", "--key", path("token-key.pem"),
                     "--jwks", path("token-keys.json")})
      .status();
}

absl::Status Mesh::RotateIssuer() {
  return root_->WriteIssuer(path("issuer"), kProgramUid, kIssuerLifetime);
}

absl::StatusOr<std::string> Mesh::MintToken(const std::string& account,
                                            const std::string& ns) const {
  GOSSAMER_ASSIGN_OR_RETURN(
      std::string token,
      RunCommand({options_.programs.mint_token, "mint", "--key", path("token-key.pem"), "--issuer",
                  kTokenIssuer, "--namespace", ns, "--service-account", account}));
  return std::string(absl::StripAsciiWhitespace(token));
}

absl::Status Mesh::StartIdentity() {
  options_.progress("identity: issues certificates");
  std::vector<std::string> command = {
      options_.programs.identity, "--issuer-dir",      path("issuer"),
      "--trust-anchors",          path("anchors.pem"), "--jwks",
      path("token-keys.json"),    "--token-issuer",    kTokenIssuer,
  };
  if (options_.certificate_lifetime > absl::ZeroDuration()) {
    command.push_back("--identity-issuance-lifetime");
    command.push_back(absl::FormatDuration(options_.certificate_lifetime));
  }
  if (options_.clock_skew_allowance.has_value()) {
    command.push_back("--identity-clock-skew-allowance");
    command.push_back(absl::FormatDuration(*options_.clock_skew_allowance));
  }
  const std::string name = "linkerd-identity";
  GOSSAMER_RETURN_IF_ERROR(
      cluster_->AddService(ControlPlaneService("linkerd-identity", name, 8080, false)));
  GOSSAMER_RETURN_IF_ERROR(
      cluster_->AddService(ControlPlaneService("linkerd-identity-headless", name, 8080, true)));
  return cluster_->AddWorkload(
      ControlPlaneWorkload(name, command, {{"grpc", 8080}, {"ident-admin", 9990}}));
}

absl::Status Mesh::StartDestination() {
  options_.progress("destination: tells proxies where things are and what is allowed");
  const std::string name = "linkerd-destination";
  for (const auto& [service, port, headless] :
       {std::tuple("linkerd-dst", 8086, false), std::tuple("linkerd-dst-headless", 8086, true),
        std::tuple("linkerd-policy", 8090, true)}) {
    GOSSAMER_RETURN_IF_ERROR(
        cluster_->AddService(ControlPlaneService(service, name, port, headless)));
  }
  std::vector<std::string> command = {options_.programs.destination, "--manifests",
                                      cluster_->manifest_folder()};
  if (options_.transparent_transport) {
    command.insert(command.end(), {"--outbound-transport-mode", "transparent"});
  }
  return cluster_->AddWorkload(ControlPlaneWorkload(
      name, std::move(command), {{"grpc", 8086}, {"policy-grpc", 8090}, {"dest-admin", 9996}}));
}

absl::Status Mesh::StartPrometheus() {
  options_.progress("Prometheus: scrapes every proxy");
  const std::string folder = path("prometheus");
  GOSSAMER_RETURN_IF_ERROR(MakeFolder(folder, kProgramUid));
  GOSSAMER_ASSIGN_OR_RETURN(const std::string config,
                            PrometheusConfig(options_.scrape_interval, folder + "/targets.json"));
  GOSSAMER_RETURN_IF_ERROR(WriteFileFor(folder + "/prometheus.yml", config, kProgramUid, 0644));
  GOSSAMER_RETURN_IF_ERROR(PublishScrapeTargets());
  GOSSAMER_RETURN_IF_ERROR(
      cluster_->AddService(ControlPlaneService("prometheus", "prometheus", 9090, false)));
  return cluster_->AddWorkload(ControlPlaneWorkload(
      "prometheus",
      {options_.programs.prometheus, "--config.file=" + folder + "/prometheus.yml",
       "--storage.tsdb.path=" + folder + "/data", "--storage.tsdb.retention.time=6h",
       "--web.listen-address=0.0.0.0:9090", "--web.console.templates=/nonexistent",
       "--web.console.libraries=/nonexistent", "--log.level=warn"},
      {{"admin", 9090}}));
}

absl::Status Mesh::StartPublicApi() {
  options_.progress("public-api: answers with statistics");
  GOSSAMER_RETURN_IF_ERROR(
      cluster_->AddService(ControlPlaneService("public-api", "public-api", 8085, false)));
  return cluster_->AddWorkload(ControlPlaneWorkload(
      "public-api",
      {options_.programs.public_api, "--manifests", cluster_->manifest_folder(), "--prometheus-url",
       "http://prometheus.linkerd.svc.cluster.local:9090"},
      {{"grpc", 8085}, {"admin", 9994}}));
}

absl::Status Mesh::PublishScrapeTargets() {
  if (!options_.statistics) return absl::OkStatus();
  std::vector<std::string> targets;
  for (Pod* pod : cluster_->pods()) {
    if (!pod->workload().meshed) continue;
    targets.push_back(absl::Substitute(
        "{\"targets\": [\"$0:$1\"], \"labels\": {\"namespace\": \"$2\", \"pod\": \"$3\", "
        "\"deployment\": \"$4\", \"serviceaccount\": \"$5\"}}",
        pod->ip(), kAdminPort, pod->workload().ns, pod->name(), pod->workload().name,
        pod->workload().account()));
  }
  return WriteFileFor(path("prometheus/targets.json"),
                      absl::StrCat("[", absl::StrJoin(targets, ",\n"), "]\n"), kProgramUid, 0644);
}

}  // namespace gossamer::harness
