#ifndef SERVICES_DESTINATION_POLICY_AUTHORIZATIONS_H_
#define SERVICES_DESTINATION_POLICY_AUTHORIZATIONS_H_

#include <functional>
#include <vector>

#include "api/inbound/v1/inbound.pb.h"
#include "lib/k8s/object.h"
#include "services/destination/cluster/cluster.h"
#include "services/destination/cluster/topics.h"
#include "services/destination/settings.h"

namespace gossamer::destination {

// What the AuthorizationPolicies of a namespace whose target is wanted let in. Adds the topics it
// read.
//
// A policy that cannot be understood, or refers to what is not there, lets nobody in: it is left
// out.
std::vector<io::linkerd::proxy::inbound::Authz> AuthorizationsFor(
    const std::string& namespace_name, const std::function<bool(const k8s::ObjectRef&)>& is_wanted,
    const Cluster& cluster, const Settings& settings, Topics* topics);

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_POLICY_AUTHORIZATIONS_H_
