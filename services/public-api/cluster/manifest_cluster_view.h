#ifndef SERVICES_PUBLIC_API_CLUSTER_MANIFEST_CLUSTER_VIEW_H_
#define SERVICES_PUBLIC_API_CLUSTER_MANIFEST_CLUSTER_VIEW_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "lib/k8s/meta.h"
#include "lib/k8s/object.h"
#include "lib/source/source.h"
#include "services/public-api/cluster/cluster_view.h"

namespace gossamer::public_api {

// Knows the cluster from a source of its objects: a folder of manifests.
//
// Listens to the source, which must be stopped before this is destroyed. Thread-safe. Holds each
// object once; a snapshot is made when one is asked for after a change, and shared until the next.
class ManifestClusterView : public ClusterView, public source::Listener {
 public:
  // `control_plane_namespace` and `trust_domain` complete the identities of pods, and tell this
  // mesh's pods from those of another.
  ManifestClusterView(std::string control_plane_namespace, std::string trust_domain);

  void OnEvents(const std::vector<source::Event>& events) override;
  void OnProblem(const source::Problem& problem) override;

  std::vector<std::string> Queries() const override { return {}; }
  absl::StatusOr<std::shared_ptr<const ClusterSnapshot>> Snapshot(
      absl::Span<const prom::Vector> answers) const override;
  // The folder's last problem, until its files change again.
  std::optional<Check> SelfCheck() const override;

 private:
  PodInfo PodOf(const k8s::Pod& pod) const;
  std::shared_ptr<const ClusterSnapshot> Build() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string control_plane_namespace_;
  const std::string trust_domain_;
  mutable absl::Mutex mutex_;
  std::map<k8s::ObjectKey, k8s::Object> objects_ ABSL_GUARDED_BY(mutex_);
  // Null after a change.
  mutable std::shared_ptr<const ClusterSnapshot> snapshot_ ABSL_GUARDED_BY(mutex_);
  std::optional<source::Problem> problem_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace gossamer::public_api

#endif  // SERVICES_PUBLIC_API_CLUSTER_MANIFEST_CLUSTER_VIEW_H_
