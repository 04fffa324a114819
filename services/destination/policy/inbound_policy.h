#ifndef SERVICES_DESTINATION_POLICY_INBOUND_POLICY_H_
#define SERVICES_DESTINATION_POLICY_INBOUND_POLICY_H_

#include "absl/status/statusor.h"
#include "api/inbound/v1/inbound.pb.h"
#include "services/destination/cluster/cluster.h"
#include "services/destination/cluster/topics.h"
#include "services/destination/endpoints/token.h"
#include "services/destination/settings.h"

namespace gossamer::destination {

// The policy of one port of a workload: its Server's, else the default one. Adds the topics it
// read. NotFound where the workload is not known, or is not in the mesh.
absl::StatusOr<io::linkerd::proxy::inbound::Server> BuildInboundPolicy(
    const Cluster& cluster, const Settings& settings, const WorkloadToken& workload, int port,
    Topics* topics);

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_POLICY_INBOUND_POLICY_H_
