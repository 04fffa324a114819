#ifndef LIB_K8S_HTTP_ROUTE_H_
#define LIB_K8S_HTTP_ROUTE_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/k8s/field_reader.h"
#include "lib/k8s/meta.h"

namespace gossamer::k8s {

// An HTTPRoute of either group, which share a shape. The two are kinds of their own (below), so
// that objects of the same name do not meet.
struct HttpRoute {
  struct ParentRef {
    ObjectRef ref;
    int port = 0;
    std::string section;
    bool operator==(const ParentRef&) const = default;
  };
  struct ParentStatus {
    ParentRef parent;
    bool accepted = false;
    bool operator==(const ParentStatus&) const = default;
  };
  enum class MatchType { kExact, kPrefix, kRegex };
  struct ValueMatch {
    std::string name;
    std::string value;
    MatchType type = MatchType::kExact;
    bool operator==(const ValueMatch&) const = default;
  };
  struct Match {
    MatchType path_type = MatchType::kPrefix;
    std::string path = "/";
    std::string method;  // "" is any.
    std::vector<ValueMatch> headers;
    std::vector<ValueMatch> query_params;
    bool operator==(const Match&) const = default;
  };
  struct HeaderModifier {
    std::vector<std::pair<std::string, std::string>> add;
    std::vector<std::pair<std::string, std::string>> set;
    std::vector<std::string> remove;
    bool operator==(const HeaderModifier&) const = default;
  };
  struct Redirect {
    std::string scheme;
    std::string hostname;
    int port = 0;
    int status_code = 302;
    std::optional<std::string> replace_full_path;
    std::optional<std::string> replace_prefix;
    bool operator==(const Redirect&) const = default;
  };
  struct Filter {
    std::string type;
    HeaderModifier headers;  // RequestHeaderModifier, ResponseHeaderModifier.
    Redirect redirect;       // RequestRedirect.
    bool operator==(const Filter&) const = default;
  };
  struct BackendRef {
    ObjectRef ref;
    int port = 0;
    int weight = 1;
    std::vector<Filter> filters;
    bool operator==(const BackendRef&) const = default;
  };
  struct Rule {
    std::vector<Match> matches;
    std::vector<Filter> filters;
    std::vector<BackendRef> backends;
    std::string request_timeout;
    bool operator==(const Rule&) const = default;
  };

  static HttpRoute ReadRoute(const FieldReader& root, absl::string_view group);
  bool operator==(const HttpRoute&) const = default;

  std::string group;
  ObjectMeta meta;
  std::vector<ParentRef> parents;
  std::vector<std::string> hostnames;
  std::vector<Rule> rules;
  std::vector<ParentStatus> statuses;
};

struct PolicyHttpRoute : HttpRoute {
  static constexpr absl::string_view kGroup = "policy.linkerd.io";
  static constexpr absl::string_view kKind = "HTTPRoute";
  static constexpr bool kNamespaced = true;
  static PolicyHttpRoute Read(const FieldReader& root) { return {ReadRoute(root, kGroup)}; }
  bool operator==(const PolicyHttpRoute&) const = default;
};

struct GatewayHttpRoute : HttpRoute {
  static constexpr absl::string_view kGroup = "gateway.networking.k8s.io";
  static constexpr absl::string_view kKind = "HTTPRoute";
  static constexpr bool kNamespaced = true;
  static GatewayHttpRoute Read(const FieldReader& root) { return {ReadRoute(root, kGroup)}; }
  bool operator==(const GatewayHttpRoute&) const = default;
};

}  // namespace gossamer::k8s

#endif  // LIB_K8S_HTTP_ROUTE_H_
