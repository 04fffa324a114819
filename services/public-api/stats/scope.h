#ifndef SERVICES_PUBLIC_API_STATS_SCOPE_H_
#define SERVICES_PUBLIC_API_STATS_SCOPE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/public-api/stats/series.h"
#include "services/public-api/stats/target.h"

namespace gossamer::public_api {

// Which series tell the statistics of a target; the table in public-api's README.md in code.
// `to` and `from` restrict a target that is no policy resource to its requests to or from an
// object.
Scope StatScope(const Target& target, const std::optional<Target>& to,
                const std::optional<Target>& from, bool tcp, absl::string_view cluster_domain);

// A RE2 expression for the names of a service below the cluster's domain; unnamed parts match
// anything. It has no anchors and no port.
std::string ServiceNameRegex(const Target& service, absl::string_view cluster_domain);

}  // namespace gossamer::public_api

#endif  // SERVICES_PUBLIC_API_STATS_SCOPE_H_
