#ifndef LIB_K8S_SERVICE_PROFILE_H_
#define LIB_K8S_SERVICE_PROFILE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/k8s/field_reader.h"
#include "lib/k8s/meta.h"

namespace gossamer::k8s {

// The routes of a service, with their retries and timeouts (linkerd.io).
struct ServiceProfile {
  static constexpr absl::string_view kGroup = "linkerd.io";
  static constexpr absl::string_view kKind = "ServiceProfile";
  static constexpr bool kNamespaced = true;

  // The conditions set at one level hold together.
  struct RequestMatch {
    std::optional<std::string> path_regex;
    std::optional<std::string> method;
    std::optional<std::vector<RequestMatch>> all;
    std::optional<std::vector<RequestMatch>> any;
    std::vector<RequestMatch> negated;  // At most one.
    bool operator==(const RequestMatch&) const = default;
  };
  struct ResponseMatch {
    struct StatusRange {
      int min = 0;
      int max = 0;
      bool operator==(const StatusRange&) const = default;
    };
    std::optional<StatusRange> status;
    std::optional<std::vector<ResponseMatch>> all;
    std::optional<std::vector<ResponseMatch>> any;
    std::vector<ResponseMatch> negated;  // At most one.
    bool operator==(const ResponseMatch&) const = default;
  };
  struct ResponseClass {
    ResponseMatch condition;
    bool is_failure = false;
    bool operator==(const ResponseClass&) const = default;
  };
  struct Route {
    std::string name;
    RequestMatch condition;
    std::vector<ResponseClass> response_classes;
    bool is_retryable = false;
    std::optional<absl::Duration> timeout;
    bool operator==(const Route&) const = default;
  };
  struct RetryBudget {
    double retry_ratio = 0;
    uint32_t min_retries_per_second = 0;
    absl::Duration ttl;
    bool operator==(const RetryBudget&) const = default;
  };
  struct DstOverride {
    std::string authority;
    int64_t milli_weight = 0;
    bool operator==(const DstOverride&) const = default;
  };

  static ServiceProfile Read(const FieldReader& root);
  bool operator==(const ServiceProfile&) const = default;

  ObjectMeta meta;
  std::vector<Route> routes;
  std::optional<RetryBudget> retry_budget;
  std::vector<DstOverride> dst_overrides;
  std::vector<std::string> opaque_ports;
};

}  // namespace gossamer::k8s

#endif  // LIB_K8S_SERVICE_PROFILE_H_
