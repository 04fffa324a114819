#include "lib/resource/resource_type.h"

#include <array>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace gossamer {
namespace {

using enum ResourceType;

constexpr size_t kAliasesMax = 4;

struct TypeNames {
  ResourceType type;
  absl::string_view canonical;
  absl::string_view short_name;
  absl::string_view metric_label;
  // Spellings besides the canonical and the short name; unused places are empty.
  std::array<absl::string_view, kAliasesMax> aliases;
};

// In the enum's order.
constexpr TypeNames kTypes[] = {
    {kAll, "all", "all", "", {}},
    {kAuthorizationPolicy,
     "authorizationpolicy",
     "ap",
     "authz_name",
     {"authorizationpolicies", "authzpolicy"}},
    {kCronJob, "cronjob", "cj", "cronjob", {"cronjobs"}},
    {kDaemonSet, "daemonset", "ds", "daemonset", {"daemonsets"}},
    {kDeployment, "deployment", "deploy", "deployment", {"deployments"}},
    {kHttpRoute, "httproute", "httproute", "route_name", {"httproutes"}},
    {kJob, "job", "job", "k8s_job", {"jobs"}},
    {kNamespace, "namespace", "ns", "namespace", {"namespaces"}},
    {kPod, "pod", "po", "pod", {"pods"}},
    {kReplicaSet, "replicaset", "rs", "replicaset", {"replicasets"}},
    {kReplicationController,
     "replicationcontroller",
     "rc",
     "replicationcontroller",
     {"replicationcontrollers"}},
    {kServer, "server", "srv", "srv_name", {"servers"}},
    {kServerAuthorization,
     "serverauthorization",
     "saz",
     "authz_name",
     {"serverauthorizations", "serverauthz", "srvauthz"}},
    {kService, "service", "svc", "service", {"services"}},
    {kServiceProfile, "serviceprofile", "sp", "serviceprofile", {"serviceprofiles"}},
    {kStatefulSet, "statefulset", "sts", "statefulset", {"statefulsets"}},
};

const TypeNames& NamesOf(ResourceType type) { return kTypes[static_cast<size_t>(type)]; }

bool Matches(const TypeNames& names, absl::string_view text) {
  if (text == names.canonical || text == names.short_name) return true;
  for (const absl::string_view alias : names.aliases) {
    if (!alias.empty() && text == alias) return true;
  }
  return false;
}

}  // namespace

absl::string_view CanonicalName(ResourceType type) { return NamesOf(type).canonical; }
absl::string_view ShortName(ResourceType type) { return NamesOf(type).short_name; }
absl::string_view MetricLabel(ResourceType type) { return NamesOf(type).metric_label; }

bool IsPolicy(ResourceType type) {
  return type == kAuthorizationPolicy || type == kHttpRoute || type == kServer ||
         type == kServerAuthorization;
}

bool IsPodOwner(ResourceType type) {
  return type == kCronJob || type == kDaemonSet || type == kDeployment || type == kJob ||
         type == kReplicaSet || type == kReplicationController || type == kStatefulSet;
}

std::optional<ResourceType> FromCanonicalName(absl::string_view name) {
  for (const TypeNames& names : kTypes) {
    if (name == names.canonical) return names.type;
  }
  return std::nullopt;
}

absl::StatusOr<ResourceType> ParseResourceType(absl::string_view text) {
  for (const TypeNames& names : kTypes) {
    if (Matches(names, text)) return names.type;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("cannot find Kubernetes canonical name from friendly name [", text, "]"));
}

absl::Span<const ResourceType> TypesOfAll() {
  static constexpr ResourceType kTypesOfAll[] = {
      kDaemonSet, kStatefulSet, kJob,     kDeployment, kReplicationController,
      kPod,       kService,     kCronJob, kReplicaSet,
  };
  return kTypesOfAll;
}

absl::Span<const absl::string_view> CompletionNames() {
  static constexpr absl::string_view kNames[] = {
      "all",         "authorizationpolicy",
      "cronjob",     "daemonset",
      "deployment",  "deploy",
      "httproute",   "job",
      "namespace",   "ns",
      "pod",         "po",
      "replicaset",  "replicationcontroller",
      "server",      "service",
      "svc",         "serverauthorization",
      "statefulset", "sts",
  };
  return kNames;
}

}  // namespace gossamer
