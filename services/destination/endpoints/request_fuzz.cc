#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "services/destination/endpoints/authority.h"
#include "services/destination/endpoints/token.h"

// The texts of requests, as any client may write them. What is accepted must make sense.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto authority = gossamer::destination::ParseAuthority(text);
  if (authority.ok()) {
    if (authority->host.empty() || authority->port < 1 || authority->port > 65535) abort();
    const auto host = gossamer::destination::ParseServiceHost(authority->host, "cluster.local");
    if (host.ok() && (host->service.empty() || host->namespace_name.empty())) abort();
  }
  gossamer::destination::ParseContextToken(text);
  const auto workload = gossamer::destination::ParseWorkloadToken(text);
  if (workload.ok() && workload->namespace_name.empty()) abort();
  return 0;
}
