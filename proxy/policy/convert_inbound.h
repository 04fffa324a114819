#ifndef PROXY_POLICY_CONVERT_INBOUND_H_
#define PROXY_POLICY_CONVERT_INBOUND_H_

#include "absl/status/statusor.h"
#include "api/inbound/v1/inbound.pb.h"
#include "proxy/config/config.h"
#include "proxy/policy/inbound_policy.h"

namespace gossamer::proxy {

// The policy service's message as the proxy's own. InvalidArgument where a required part is missing
// or makes no sense; see InvalidServerPolicy() for what holds then.
absl::StatusOr<ServerPolicy> ConvertServerPolicy(
    const io::linkerd::proxy::inbound::Server& message);

// What holds for a port whose message makes no sense: nothing is let through.
ServerPolicy InvalidServerPolicy();

// What holds for a port until the policy service has spoken, by the environment.
ServerPolicy DefaultServerPolicy(const InboundConfig& config, uint16_t port);

}  // namespace gossamer::proxy

#endif  // PROXY_POLICY_CONVERT_INBOUND_H_
