#ifndef PROXY_INIT_VALIDATOR_VALIDATOR_H_
#define PROXY_INIT_VALIDATOR_VALIDATOR_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "lib/net/ip.h"

namespace gossamer::proxy_init {

// Whether outbound connections of this network namespace are redirected: listens where the proxy
// will, connects to an address where nothing answers, and looks whether its own listener answers.
//
// Used once, by main(), before the proxy starts; ends within `timeout`. An error says which step
// failed.
struct ValidatorOptions {
  net::SocketAddress listen;   // The proxy's outbound listener.
  net::SocketAddress connect;  // Not an address of ours, and nobody's.
  absl::Duration timeout;
};

absl::Status ValidateRedirection(const ValidatorOptions& options);

}  // namespace gossamer::proxy_init

#endif  // PROXY_INIT_VALIDATOR_VALIDATOR_H_
