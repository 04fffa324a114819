#ifndef LIB_RESOURCE_RESOURCE_TYPE_H_
#define LIB_RESOURCE_RESOURCE_TYPE_H_

#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace gossamer {

// The kinds of Kubernetes objects that statistics are asked for.
enum class ResourceType {
  kAll,
  kAuthorizationPolicy,
  kCronJob,
  kDaemonSet,
  kDeployment,
  kHttpRoute,
  kJob,
  kNamespace,
  kPod,
  kReplicaSet,
  kReplicationController,
  kServer,
  kServerAuthorization,
  kService,
  kServiceProfile,
  kStatefulSet,
};

// The name that the viz API uses: "deployment".
absl::string_view CanonicalName(ResourceType type);
// The prefix of a name in a table: "deploy". Types without a short form have their canonical name.
absl::string_view ShortName(ResourceType type);
// The label of metrics that names an object of the type: its canonical name, except "k8s_job".
// Prefixed with "dst_" it is the label of a request's destination.
absl::string_view MetricLabel(ResourceType type);

// True for the policy resources, which only have inbound metrics.
bool IsPolicy(ResourceType type);
// True for what pods belong to through an owner: deployment, statefulset and so on.
bool IsPodOwner(ResourceType type);

// Reads a canonical name as the viz API sends it; nullopt otherwise.
std::optional<ResourceType> FromCanonicalName(absl::string_view name);
// Reads any name a person may type: "deploy", "deployment", "deployments".
// InvalidArgument with the type's text otherwise.
absl::StatusOr<ResourceType> ParseResourceType(absl::string_view text);

// What "all" stands for, in the order in which Linkerd lists it.
absl::Span<const ResourceType> TypesOfAll();
// Every accepted spelling of every type, for shell completion.
absl::Span<const absl::string_view> CompletionNames();

}  // namespace gossamer

#endif  // LIB_RESOURCE_RESOURCE_TYPE_H_
