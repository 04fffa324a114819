#ifndef SERVICES_DESTINATION_PROFILES_PROFILE_H_
#define SERVICES_DESTINATION_PROFILES_PROFILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "api/destination/v1/destination.pb.h"
#include "services/destination/cluster/cluster.h"
#include "services/destination/cluster/topics.h"
#include "services/destination/endpoints/authority.h"
#include "services/destination/settings.h"

namespace gossamer::destination {

// What GetProfile asks for, with all of the asker that the answer depends on.
struct ProfileQuery {
  Authority authority;
  std::string client_namespace;

  // A text that differs where any member does.
  std::string Key() const;
};

// The answer as it is now: a service's profile for its name or cluster address, that of one
// endpoint for any other address. Adds the topics it read.
//
//   InvalidArgument     a name outside the cluster domain, or of an ExternalName
//   FailedPrecondition  an address that several services or pods claim
//   NotFound            no endpoint of the service bears the host name
//   Unknown             no such service; clients keep asking
absl::StatusOr<io::linkerd::proxy::destination::DestinationProfile> BuildProfile(
    const Cluster& cluster, const Settings& settings, const ProfileQuery& query, Topics* topics);

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_PROFILES_PROFILE_H_
