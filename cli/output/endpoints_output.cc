#include "cli/output/endpoints_output.h"

#include "absl/strings/str_cat.h"
#include "cli/output/table.h"
#include "nlohmann/json.hpp"

namespace gossamer::cli {

using Json = nlohmann::ordered_json;

std::string EndpointTables(const std::vector<EndpointRow>& rows) {
  std::string out;
  for (size_t begin = 0; begin < rows.size();) {
    Table table({{"NAMESPACE", Table::Align::kLeft},
                 {"IP", Table::Align::kLeft},
                 {"PORT", Table::Align::kLeft},
                 {"POD", Table::Align::kLeft},
                 {"SERVICE", Table::Align::kLeft}});
    size_t end = begin;
    for (; end < rows.size() && rows[end].namespace_name == rows[begin].namespace_name; ++end) {
      const EndpointRow& row = rows[end];
      table.AddRow({row.namespace_name, row.ip, absl::StrCat(row.port), row.pod, row.service});
    }
    if (begin > 0) out += '\n';
    out += table.ToString();
    begin = end;
  }
  return out;
}

std::string EndpointsJson(const std::vector<EndpointRow>& rows) {
  Json json = Json::array();
  for (const EndpointRow& row : rows) {
    Json one;
    one["namespace"] = row.namespace_name;
    one["ip"] = row.ip;
    one["port"] = row.port;
    one["pod"] = row.pod;
    one["service"] = row.service;
    one["weight"] = row.weight;
    if (!row.identity.empty()) one["identity"] = row.identity;
    one["labels"] = row.labels;
    json.push_back(std::move(one));
  }
  return json.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n";
}

}  // namespace gossamer::cli
