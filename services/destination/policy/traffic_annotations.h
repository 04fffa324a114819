#ifndef SERVICES_DESTINATION_POLICY_TRAFFIC_ANNOTATIONS_H_
#define SERVICES_DESTINATION_POLICY_TRAFFIC_ANNOTATIONS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "api/http_route/v1/http_route.pb.h"
#include "api/outbound/v1/outbound.pb.h"
#include "lib/k8s/meta.h"

// The annotations of services and routes that say how traffic to them is balanced, retried and
// timed out. Each returns nothing where no annotation asks for it, and InvalidArgument, with the
// annotation, where one cannot be read: that feature is then left off.
namespace gossamer::destination {

// An unsigned whole number with ms, s, m, h or d; a bare 0. Nothing compound.
absl::StatusOr<absl::Duration> ParseTrafficDuration(absl::string_view text);

absl::StatusOr<std::optional<io::linkerd::proxy::http_route::Timeouts>> ReadTimeouts(
    const k8s::ObjectMeta& meta);
absl::StatusOr<std::optional<io::linkerd::proxy::outbound::HttpRoute::Retry>> ReadHttpRetry(
    const k8s::ObjectMeta& meta);
absl::StatusOr<std::optional<io::linkerd::proxy::outbound::FailureAccrual>> ReadFailureAccrual(
    const k8s::ObjectMeta& meta);
absl::StatusOr<std::optional<io::linkerd::proxy::outbound::Backend::BalanceP2c::PenaltyPeakEwma>>
ReadPenaltyLoad(const k8s::ObjectMeta& meta);

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_POLICY_TRAFFIC_ANNOTATIONS_H_
