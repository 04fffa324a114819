#ifndef CLI_OUTPUT_ENDPOINTS_OUTPUT_H_
#define CLI_OUTPUT_ENDPOINTS_OUTPUT_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace gossamer::cli {

struct EndpointRow {
  std::string namespace_name;
  std::string ip;
  uint32_t port = 0;
  std::string pod;
  std::string service;  // NAME.NAMESPACE
  uint32_t weight = 0;
  std::string identity;
  std::map<std::string, std::string> labels;
};

// A table for each namespace; `rows` are sorted by it.
std::string EndpointTables(const std::vector<EndpointRow>& rows);
// docs/CLI.md describes it.
std::string EndpointsJson(const std::vector<EndpointRow>& rows);

}  // namespace gossamer::cli

#endif  // CLI_OUTPUT_ENDPOINTS_OUTPUT_H_
