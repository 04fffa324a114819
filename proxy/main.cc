// gossamer-proxy: the sidecar that carries a workload's TCP traffic.

#include "lib/time/clock.h"
#include "proxy/proxy_main.h"

int main(int argc, char** argv) {
  return gossamer::proxy::ProxyMain(argc, argv, gossamer::Clock::Real());
}
