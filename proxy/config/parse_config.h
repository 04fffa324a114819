#ifndef PROXY_CONFIG_PARSE_CONFIG_H_
#define PROXY_CONFIG_PARSE_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"
#include "lib/config/env_reader.h"
#include "proxy/config/config.h"

namespace gossamer::proxy {

// The proxy's configuration from the LINKERD2_PROXY_* variables of `env`. Pure: reads no file.
//
// InvalidArgument with a line for each fault, where there is any: variable, value and what was
// expected.
absl::StatusOr<Config> ParseConfig(const config::EnvReader& env);

// The variables, for `--help`.
std::string ConfigHelp();
// docs/CONFIG.md.
std::string ConfigMarkdown();

}  // namespace gossamer::proxy

#endif  // PROXY_CONFIG_PARSE_CONFIG_H_
