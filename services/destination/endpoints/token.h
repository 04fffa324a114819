#ifndef SERVICES_DESTINATION_ENDPOINTS_TOKEN_H_
#define SERVICES_DESTINATION_ENDPOINTS_TOKEN_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace gossamer::destination {

// Where a discovery client runs, as far as it says.
struct ContextToken {
  std::string namespace_name;
  std::string node;
  std::string pod;
};

// Reads `{"ns": ..., "nodeName": ..., "pod": ...}`, blanks around it allowed, or `ns:NAMESPACE`.
// Anything else is an empty token: a client is served without its place.
ContextToken ParseContextToken(absl::string_view text);

// The workload a policy client asks for.
struct WorkloadToken {
  std::string namespace_name;
  std::string pod;
  std::string external_workload;  // Set where `pod` is not.
};

// Reads `{"ns": ..., "pod": ...}`, with `external_workload` in the pod's place, or `NAMESPACE:POD`.
// InvalidArgument otherwise.
absl::StatusOr<WorkloadToken> ParseWorkloadToken(absl::string_view text);

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_ENDPOINTS_TOKEN_H_
