#ifndef PROXY_PROXY_MAIN_H_
#define PROXY_PROXY_MAIN_H_

#include "lib/time/clock.h"

namespace gossamer::proxy {

// The proxy's program: reads arguments and environment, serves, and returns the exit code. `clock`
// tells whether certificates are valid. `argc` may be 0: Linkerd's bootstrap executes the proxy
// with an empty argument vector.
int ProxyMain(int argc, char** argv, const Clock* clock);

}  // namespace gossamer::proxy

#endif  // PROXY_PROXY_MAIN_H_
