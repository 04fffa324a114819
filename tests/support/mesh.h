#ifndef TESTS_SUPPORT_MESH_H_
#define TESTS_SUPPORT_MESH_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/support/cluster.h"
#include "tests/support/pki.h"

namespace gossamer::harness {

// The programs of the mesh. Empty ones are taken from the runfiles.
struct MeshPrograms {
  PodPrograms pod;
  std::string identity;
  std::string destination;
  std::string public_api;
  std::string prometheus;
  std::string mint_token;

  static MeshPrograms FromRunfiles();
};

// A cluster with a mesh in it: identity, destination and, where asked for, Prometheus and
// public-api, each a pod with a proxy of its own in the namespace `linkerd`.
//
// To be used inside RunIsolated(), by one thread. Everything ends with this object.
class Mesh {
 public:
  struct Options {
    MeshPrograms programs = MeshPrograms::FromRunfiles();
    // Holds manifests/ and logs/. Empty: a private one. What the control plane keeps is private.
    std::string folder;
    // Prometheus and public-api too.
    bool statistics = false;
    absl::Duration scrape_interval = absl::Seconds(2);
    // Proxies reach each other with transport headers for opaque ports only: everything else goes
    // to the port that the client meant.
    bool transparent_transport = false;
    // How long workloads' certificates live; what identity's own default is where zero.
    absl::Duration certificate_lifetime = absl::ZeroDuration();
    // By how much certificates begin earlier and end later; identity's own default where not given.
    std::optional<absl::Duration> clock_skew_allowance;
    // See Cluster::Options.
    std::vector<std::string> proxy_environment;
    absl::Duration ready_timeout = absl::Seconds(20);
    // Pods have IPv6 addresses too, and Services may. The control plane's have IPv4.
    bool ipv6 = false;
    // Told each step as it begins.
    std::function<void(const std::string& step)> progress = [](const std::string&) {};
  };

  static absl::StatusOr<std::unique_ptr<Mesh>> Start(Options options);

  Cluster& cluster() { return *cluster_; }

  // Gives identity a new issuer below the same trust anchor.
  absl::Status RotateIssuer();
  // A token for any account, as the mesh's own issuer would give it.
  absl::StatusOr<std::string> MintToken(const std::string& account, const std::string& ns) const;
  // Tells Prometheus which pods there are. Call after pods have come or gone.
  absl::Status PublishScrapeTargets();

 private:
  explicit Mesh(Options options) : options_(std::move(options)) {}
  absl::Status MakeSecrets();
  absl::Status StartIdentity();
  absl::Status StartDestination();
  absl::Status StartPrometheus();
  absl::Status StartPublicApi();
  std::string path(const std::string& name) const { return state_folder_ + "/" + name; }

  Options options_;
  std::string state_folder_;  // Keys and Prometheus' data; gone with the namespaces.
  std::unique_ptr<TrustRoot> root_;
  std::unique_ptr<Cluster> cluster_;
};

}  // namespace gossamer::harness

#endif  // TESTS_SUPPORT_MESH_H_
