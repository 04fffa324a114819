#ifndef PROXY_INIT_RULES_H_
#define PROXY_INIT_RULES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/net/ip.h"
#include "proxy/init/ports.h"

namespace gossamer::proxy_init {

enum class Family { kIpv4, kIpv6 };

// What is redirected and what is not.
struct RuleOptions {
  uint16_t inbound_proxy_port = 0;
  uint16_t outbound_proxy_port = 0;
  // Whose own connections are left alone: the proxy's. 0 and below: nobody's.
  int64_t proxy_uid = -1;
  int64_t proxy_gid = -1;
  std::vector<uint16_t> ports_to_redirect;  // Inbound; none means all.
  std::vector<PortRange> inbound_ports_to_ignore;
  std::vector<PortRange> outbound_ports_to_ignore;
  // Clients whose inbound connections are left alone.
  std::vector<net::IpNetwork> subnets_to_ignore;
};

// The arguments of one call of iptables or ip6tables.
using Arguments = std::vector<std::string>;

// The calls that bring the nat table from `state` to what `options` ask for, in order. `state` is
// what iptables-save prints of that table: chains of ours that exist are emptied instead of made,
// and jumps to them that exist are not added again, so that a second run changes nothing.
//
// Only TCP is redirected. Rules, their order and their comments are those that other tools of the
// family look for.
std::vector<Arguments> SetUpRules(const RuleOptions& options, Family family,
                                  absl::string_view state);

// The calls that remove whatever of ours is in `state`. None when nothing is.
std::vector<Arguments> CleanUpRules(absl::string_view state);

}  // namespace gossamer::proxy_init

#endif  // PROXY_INIT_RULES_H_
