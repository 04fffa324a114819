#ifndef LIB_K8S_POLICY_H_
#define LIB_K8S_POLICY_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/k8s/field_reader.h"
#include "lib/k8s/meta.h"

// The kinds of policy.linkerd.io that say who may reach a workload.
namespace gossamer::k8s {

inline constexpr absl::string_view kPolicyGroup = "policy.linkerd.io";

struct Server {
  static constexpr absl::string_view kGroup = kPolicyGroup;
  static constexpr absl::string_view kKind = "Server";
  static constexpr bool kNamespaced = true;

  enum class Protocol { kUnknown, kHttp1, kHttp2, kGrpc, kOpaque, kTls };

  static Server Read(const FieldReader& root);
  bool operator==(const Server&) const = default;

  ObjectMeta meta;
  // Without one (it selects external workloads) the server selects no pod.
  std::optional<LabelSelector> pod_selector;
  PortRef port;
  Protocol protocol = Protocol::kUnknown;
  std::string access_policy = "deny";
};

struct AuthorizationPolicy {
  static constexpr absl::string_view kGroup = kPolicyGroup;
  static constexpr absl::string_view kKind = "AuthorizationPolicy";
  static constexpr bool kNamespaced = true;

  static AuthorizationPolicy Read(const FieldReader& root);
  bool operator==(const AuthorizationPolicy&) const = default;

  ObjectMeta meta;
  ObjectRef target;
  std::vector<ObjectRef> required_authentications;
};

struct MeshTlsAuthentication {
  static constexpr absl::string_view kGroup = kPolicyGroup;
  static constexpr absl::string_view kKind = "MeshTLSAuthentication";
  static constexpr bool kNamespaced = true;

  static MeshTlsAuthentication Read(const FieldReader& root);
  bool operator==(const MeshTlsAuthentication&) const = default;

  ObjectMeta meta;
  std::vector<std::string> identities;
  std::vector<ObjectRef> identity_refs;
};

struct NetworkAuthentication {
  static constexpr absl::string_view kGroup = kPolicyGroup;
  static constexpr absl::string_view kKind = "NetworkAuthentication";
  static constexpr bool kNamespaced = true;

  struct Network {
    std::string cidr;
    std::vector<std::string> except;
    bool operator==(const Network&) const = default;
  };

  static NetworkAuthentication Read(const FieldReader& root);
  bool operator==(const NetworkAuthentication&) const = default;

  ObjectMeta meta;
  std::vector<Network> networks;
};

}  // namespace gossamer::k8s

#endif  // LIB_K8S_POLICY_H_
