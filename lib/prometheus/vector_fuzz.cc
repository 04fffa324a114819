// Feeds arbitrary bytes to the readers of Prometheus's replies: they must answer, never crash.

#include <cstddef>
#include <cstdint>

#include "lib/prometheus/vector.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view reply(reinterpret_cast<const char*>(data), size);
  (void)gossamer::prom::ParseQueryReply(reply);
  (void)gossamer::prom::ParseScrapeInterval(reply);
  return 0;
}
