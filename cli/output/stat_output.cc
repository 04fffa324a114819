#include "cli/output/stat_output.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/output/table.h"
#include "nlohmann/json.hpp"

namespace gossamer::cli {
namespace {

using Json = nlohmann::ordered_json;

bool HasPods(ResourceType type) { return !IsPolicy(type) && type != ResourceType::kServiceProfile; }

bool HasTcp(ResourceType type) { return !IsPolicy(type) || type == ResourceType::kServer; }

bool HasUnauthorized(ResourceType type) {
  return type == ResourceType::kServer || type == ResourceType::kHttpRoute;
}

std::string Meshed(const StatRow& row) {
  if (row.type == ResourceType::kService) return "-";
  return absl::StrCat(row.meshed_pods, "/", row.running_pods);
}

// What the tables of one output have in common.
struct Layout {
  bool all_namespaces;
  bool wide;
  bool prefixed;  // Several types: names say theirs.
};

std::vector<Table::Column> ColumnsOf(ResourceType type, const Layout& layout) {
  std::vector<Table::Column> columns;
  if (layout.all_namespaces) columns.push_back({"NAMESPACE", Table::Align::kLeft});
  columns.push_back({"NAME", Table::Align::kLeft});
  if (type == ResourceType::kPod) columns.push_back({"STATUS"});
  if (type == ResourceType::kHttpRoute) columns.push_back({"SERVER"});
  if (HasPods(type)) columns.push_back({"MESHED"});
  if (HasUnauthorized(type)) columns.push_back({"UNAUTHORIZED"});
  for (const char* heading : {"SUCCESS", "RPS", "LATENCY_P50", "LATENCY_P95", "LATENCY_P99"}) {
    columns.push_back({heading});
  }
  if (HasTcp(type)) {
    columns.push_back({"TCP_CONN"});
    if (layout.wide) {
      columns.push_back({"READ_BYTES/SEC"});
      columns.push_back({"WRITE_BYTES/SEC"});
    }
  }
  return columns;
}

void AppendRequests(const StatRow& row, std::vector<std::string>* cells) {
  if (!row.requests.has_value()) {
    cells->insert(cells->end(), 5, "-");
    return;
  }
  const StatRow::Requests& requests = *row.requests;
  cells->push_back(absl::StrFormat("%.2f%%", requests.success_rate * 100));
  cells->push_back(absl::StrFormat("%.1frps", requests.per_second));
  for (const uint64_t ms :
       {requests.latency_ms_p50, requests.latency_ms_p95, requests.latency_ms_p99}) {
    cells->push_back(absl::StrCat(ms, "ms"));
  }
}

void AppendTcp(const StatRow& row, bool wide, std::vector<std::string>* cells) {
  if (!row.tcp.has_value()) {
    cells->insert(cells->end(), wide ? 3 : 1, "-");
    return;
  }
  cells->push_back(absl::StrCat(row.tcp->open_connections));
  if (!wide) return;
  cells->push_back(absl::StrFormat("%.1fB/s", row.tcp->read_bytes_per_second));
  cells->push_back(absl::StrFormat("%.1fB/s", row.tcp->write_bytes_per_second));
}

std::vector<std::string> CellsOf(const StatRow& row, const Layout& layout) {
  std::vector<std::string> cells;
  if (layout.all_namespaces) cells.push_back(row.namespace_name);
  cells.push_back(layout.prefixed ? absl::StrCat(ShortName(row.type), "/", row.name) : row.name);
  if (row.type == ResourceType::kPod) cells.push_back(row.status.empty() ? "-" : row.status);
  if (row.type == ResourceType::kHttpRoute) cells.push_back(row.server.empty() ? "-" : row.server);
  if (HasPods(row.type)) cells.push_back(Meshed(row));
  if (HasUnauthorized(row.type)) {
    cells.push_back(row.unauthorized_per_second.has_value()
                        ? absl::StrFormat("%.1frps", *row.unauthorized_per_second)
                        : "-");
  }
  AppendRequests(row, &cells);
  if (HasTcp(row.type)) AppendTcp(row, layout.wide, &cells);
  return cells;
}

Json RowJson(const StatRow& row) {
  Json json;
  json["namespace"] = row.namespace_name;
  json["kind"] = std::string(CanonicalName(row.type));
  json["name"] = row.name;
  if (HasPods(row.type) && row.type != ResourceType::kService) json["meshed"] = Meshed(row);
  const bool has_requests = row.requests.has_value();
  const auto number = [has_requests](auto value) { return has_requests ? Json(value) : Json(); };
  const StatRow::Requests requests = row.requests.value_or(StatRow::Requests());
  json["success"] = number(requests.success_rate);
  json["rps"] = number(requests.per_second);
  json["latency_ms_p50"] = number(requests.latency_ms_p50);
  json["latency_ms_p95"] = number(requests.latency_ms_p95);
  json["latency_ms_p99"] = number(requests.latency_ms_p99);
  if (row.tcp.has_value()) {
    json["tcp_open_connections"] = row.tcp->open_connections;
    json["tcp_read_bytes_rate"] = row.tcp->read_bytes_per_second;
    json["tcp_write_bytes_rate"] = row.tcp->write_bytes_per_second;
  }
  if (row.unauthorized_per_second.has_value()) json["unauthorized"] = *row.unauthorized_per_second;
  return json;
}

}  // namespace

std::string StatTables(const std::vector<StatRow>& rows, bool all_namespaces, bool wide) {
  if (rows.empty()) return "";
  const Layout layout = {all_namespaces, wide, rows.front().type != rows.back().type};
  std::string out;
  for (size_t begin = 0; begin < rows.size();) {
    const ResourceType type = rows[begin].type;
    Table table(ColumnsOf(type, layout));
    size_t end = begin;
    for (; end < rows.size() && rows[end].type == type; ++end) {
      table.AddRow(CellsOf(rows[end], layout));
    }
    if (begin > 0) out += '\n';
    out += table.ToString();
    begin = end;
  }
  return out;
}

std::string StatJson(const std::vector<StatRow>& rows) {
  Json json = Json::array();
  for (const StatRow& row : rows) json.push_back(RowJson(row));
  // Names come from outside; whatever is no UTF-8 is replaced rather than refused.
  return json.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n";
}

}  // namespace gossamer::cli
