#include "examples/demo/agreement.h"

#include <cstring>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "nlohmann/json.hpp"

namespace gossamer::demo {
namespace {

using harness::Sample;
using harness::SampleFilter;
using harness::Sum;
using Labels = std::vector<std::pair<std::string, std::string>>;

constexpr char kAdminPort[] = "4191";

// Counters called PREFIX + CODE equal response_total with these labels and CODE as `code_label`.
struct ResponseRule {
  const char* deployment;
  const char* prefix;
  Labels labels;
  const char* code_label;
};

// One counter equals one metric.
struct ByteRule {
  const char* deployment;
  const char* counter;
  const char* metric;
  Labels labels;
};

const std::vector<ResponseRule>& ResponseRules() {
  static const auto* rules = new std::vector<ResponseRule>{
      {"web", "served.http.", {{"direction", "inbound"}, {"target_port", "8080"}}, "status_code"},
      {"feed", "served.http.", {{"direction", "inbound"}, {"target_port", "7080"}}, "status_code"},
      {"catalog-v1",
       "served.grpc.",
       {{"direction", "inbound"}, {"target_port", "7001"}},
       "grpc_status"},
      {"catalog-v2",
       "served.grpc.",
       {{"direction", "inbound"}, {"target_port", "7001"}},
       "grpc_status"},
      {"pricing",
       "served.grpc.",
       {{"direction", "inbound"}, {"target_port", "7002"}},
       "grpc_status"},
      {"traffic",
       "sent.web.http.",
       {{"direction", "outbound"}, {"dst_service", "web"}},
       "status_code"},
      {"traffic",
       "sent.feed.http.",
       {{"direction", "outbound"}, {"dst_service", "feed"}},
       "status_code"},
      {"web",
       "sent.catalog.grpc.",
       {{"direction", "outbound"}, {"dst_service", "catalog"}},
       "grpc_status"},
      {"web",
       "sent.pricing.grpc.",
       {{"direction", "outbound"}, {"dst_service", "pricing"}},
       "grpc_status"},
  };
  return *rules;
}

// What a proxy writes to its program is what the program reads.
const std::vector<ByteRule>& ByteRules() {
  static const auto* rules = new std::vector<ByteRule>{
      {"store",
       "served.bytes_read",
       "tcp_write_bytes_total",
       {{"direction", "inbound"}, {"peer", "dst"}}},
      {"store",
       "served.bytes_written",
       "tcp_read_bytes_total",
       {{"direction", "inbound"}, {"peer", "dst"}}},
      {"traffic",
       "sent.store.bytes_written",
       "tcp_read_bytes_total",
       {{"direction", "outbound"}, {"peer", "src"}, {"target_port", "7070"}}},
      {"traffic",
       "sent.store.bytes_read",
       "tcp_write_bytes_total",
       {{"direction", "outbound"}, {"peer", "src"}, {"target_port", "7070"}}},
  };
  return *rules;
}

constexpr const char* kServers[] = {"web", "feed", "catalog-v1", "catalog-v2", "pricing", "store"};

int64_t CountOf(const Counts& counts, const std::string& name) {
  const auto found = counts.find(name);
  return found == counts.end() ? 0 : found->second;
}

const Observed& ObservedOf(const ObservedByDeployment& observed, const std::string& deployment) {
  static const auto* nothing = new Observed();
  const auto found = observed.find(deployment);
  return found == observed.end() ? *nothing : found->second;
}

void CompareResponses(const ResponseRule& rule, const Observed& observed,
                      std::vector<std::string>* problems) {
  std::set<std::string> codes;
  for (const auto& [name, count] : observed.counts) {
    if (absl::StartsWith(name, rule.prefix)) codes.insert(name.substr(strlen(rule.prefix)));
  }
  const bool counted_some = !codes.empty();
  const SampleFilter all = {"response_total", rule.labels};
  for (const Sample& sample : observed.samples) {
    if (!all.Matches(sample)) continue;
    const auto code = sample.labels.find(rule.code_label);
    codes.insert(code == sample.labels.end() ? "" : code->second);
  }
  if (!counted_some) {
    problems->push_back(absl::StrCat(rule.deployment, " counted no ", rule.prefix, "*"));
  }
  for (const std::string& code : codes) {
    const int64_t own = CountOf(observed.counts, rule.prefix + code);
    SampleFilter filter = all;
    filter.equal.push_back({rule.code_label, code});
    const double mesh = Sum(observed.samples, filter);
    if (static_cast<double>(own) == mesh) continue;
    problems->push_back(absl::StrFormat("%s counted %d of %s%s, its proxy %.0f (%s=\"%s\")",
                                        rule.deployment, own, rule.prefix, code, mesh,
                                        rule.code_label, code));
  }
}

// Everything that was not encrypted, by what it was.
void FindPlaintext(const std::string& deployment, const Observed& observed,
                   std::vector<std::string>* problems) {
  static const auto* filters = new std::vector<SampleFilter>{
      {"request_total", {{"direction", "inbound"}}, {{"tls", "true"}, {"target_port", kAdminPort}}},
      {"request_total", {{"direction", "outbound"}}, {{"tls", "true"}}},
      {"tcp_open_total",
       {{"direction", "inbound"}, {"peer", "src"}},
       {{"tls", "true"}, {"target_port", kAdminPort}}},
      {"tcp_open_total", {{"direction", "outbound"}, {"peer", "dst"}}, {{"tls", "true"}}},
  };
  for (const SampleFilter& filter : *filters) {
    for (const Sample& sample : observed.samples) {
      if (!filter.Matches(sample) || sample.value == 0) continue;
      std::string labels;
      for (const auto& [name, value] : sample.labels) {
        absl::StrAppend(&labels, labels.empty() ? "" : ",", name, "=\"", value, "\"");
      }
      problems->push_back(absl::StrFormat("%s: not mutual TLS: %s{%s} %.0f", deployment,
                                          sample.name, labels, sample.value));
    }
  }
}

}  // namespace

absl::StatusOr<Counts> ParseCounts(const std::string& json) {
  const nlohmann::json parsed = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) return absl::InvalidArgumentError("counts: not a JSON object");
  Counts counts;
  for (const auto& [name, value] : parsed.items()) {
    if (!value.is_number_integer()) {
      return absl::InvalidArgumentError(absl::StrCat("counts: ", name, " is not a whole number"));
    }
    counts[name] = value.get<int64_t>();
  }
  return counts;
}

std::vector<std::string> CompareCounts(const ObservedByDeployment& observed) {
  std::vector<std::string> problems;
  for (const ResponseRule& rule : ResponseRules()) {
    CompareResponses(rule, ObservedOf(observed, rule.deployment), &problems);
  }
  for (const ByteRule& rule : ByteRules()) {
    const Observed& one = ObservedOf(observed, rule.deployment);
    const int64_t own = CountOf(one.counts, rule.counter);
    const double mesh = Sum(one.samples, {rule.metric, rule.labels});
    if (own == 0 || static_cast<double>(own) != mesh) {
      problems.push_back(absl::StrFormat("%s counted %d of %s, its proxy %.0f (%s)",
                                         rule.deployment, own, rule.counter, mesh, rule.metric));
    }
  }
  for (const auto& [deployment, one] : observed) {
    for (const auto& [name, count] : one.counts) {
      if (absl::StrContains(name, ".error") && count != 0) {
        problems.push_back(absl::StrCat(deployment, " counted ", count, " of ", name));
      }
    }
  }
  return problems;
}

std::vector<std::string> CheckMutualTls(const ObservedByDeployment& observed) {
  std::vector<std::string> problems;
  for (const auto& [deployment, one] : observed) FindPlaintext(deployment, one, &problems);
  for (const char* deployment : kServers) {
    const SampleFilter secure = {"tcp_open_total",
                                 {{"direction", "inbound"}, {"peer", "src"}, {"tls", "true"}}};
    if (Sum(ObservedOf(observed, deployment).samples, secure) == 0) {
      problems.push_back(absl::StrCat(deployment, " took no connection with mutual TLS"));
    }
  }
  return problems;
}

double OwnSuccessRate(const Counts& counts) {
  int64_t ok = 0;
  int64_t all = 0;
  for (const auto& [name, count] : counts) {
    if (absl::StartsWith(name, "served.http.")) {
      all += count;
      if (!absl::StartsWith(name, "served.http.5")) ok += count;
    } else if (absl::StartsWith(name, "served.grpc.")) {
      // What a proxy counts as a failure: UNKNOWN, DEADLINE_EXCEEDED, PERMISSION_DENIED, INTERNAL,
      // UNAVAILABLE, DATA_LOSS.
      static const auto* failures =
          new std::set<absl::string_view>{"2", "4", "7", "13", "14", "15"};
      all += count;
      if (!failures->contains(absl::StripPrefix(name, "served.grpc."))) ok += count;
    }
  }
  return all < kRequestsForARate ? -1 : static_cast<double>(ok) / static_cast<double>(all);
}

}  // namespace gossamer::demo
