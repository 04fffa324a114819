// Reads the input as NUL-separated NAME=value pairs, completes the names with the prefix, and
// parses them alone and over a good environment. Whatever they are, there is a configuration or an
// error that names a variable.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "proxy/config/parse_config.h"

namespace {

using Variables = gossamer::config::EnvReader::Variables;

void Check(Variables variables) {
  const auto config =
      gossamer::proxy::ParseConfig(gossamer::config::EnvReader(std::move(variables)));
  if (!config.ok() && !absl::StrContains(config.status().message(), "LINKERD2_PROXY_")) abort();
  if (config.ok() && config->outbound.listen_addresses.empty()) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Variables good;
  for (const char* pair :
       {"DESTINATION_SVC_ADDR=127.0.0.1:1", "POLICY_SVC_ADDR=127.0.0.1:1", "POLICY_WORKLOAD=w",
        "IDENTITY_SVC_ADDR=127.0.0.1:1", "IDENTITY_TRUST_ANCHORS=x", "IDENTITY_LOCAL_NAME=a.b",
        "IDENTITY_DIR=/x", "IDENTITY_TOKEN_FILE=/x"}) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(pair, absl::MaxSplits('=', 1));
    good["LINKERD2_PROXY_" + parts.first] = parts.second;
  }
  Variables alone;
  for (absl::string_view pair :
       absl::StrSplit(absl::string_view(reinterpret_cast<const char*>(data), size), '\0')) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(pair, absl::MaxSplits('=', 1));
    alone["LINKERD2_PROXY_" + parts.first] = parts.second;
    good["LINKERD2_PROXY_" + parts.first] = parts.second;
  }
  Check(std::move(alone));
  Check(std::move(good));
  return 0;
}
