#ifndef SERVICES_DESTINATION_PROFILES_SERVICE_PROFILE_H_
#define SERVICES_DESTINATION_PROFILES_SERVICE_PROFILE_H_

#include "absl/time/time.h"
#include "api/destination/v1/destination.pb.h"
#include "lib/k8s/object.h"

namespace gossamer::destination {

// Puts a ServiceProfile's routes, retry budget and overrides into the answer, which asked for
// `port`.
void TranslateProfile(const k8s::ServiceProfile& profile, int port,
                      io::linkerd::proxy::destination::DestinationProfile* answer);

// The budget of a service without one of its own.
void SetDefaultRetryBudget(io::linkerd::proxy::destination::DestinationProfile* answer);

// Rounds down to nanoseconds.
void SetDuration(absl::Duration from, google::protobuf::Duration* to);

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_PROFILES_SERVICE_PROFILE_H_
