#include "services/public-api/stats/series.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/prometheus/window.h"

namespace gossamer::public_api {
namespace {

using prom::Sample;
using prom::Selector;
using prom::Vector;

std::string IncreaseQuery(const std::string& metric, const Selector& selector,
                          const std::vector<std::string>& group_by, absl::Duration window) {
  return absl::StrCat("sum(increase(", metric, selector.ToString(), "[", prom::FormatWindow(window),
                      "])) by (", absl::StrJoin(group_by, ", "), ")");
}

std::string GaugeQuery(const std::string& metric, const Selector& selector,
                       const std::vector<std::string>& group_by) {
  return absl::StrCat("sum(", metric, selector.ToString(), ") by (", absl::StrJoin(group_by, ", "),
                      ")");
}

std::vector<std::string> With(std::vector<std::string> labels,
                              std::initializer_list<const char*> more) {
  labels.insert(labels.end(), more.begin(), more.end());
  return labels;
}

void CountRequest(const Sample& sample, uint64_t& success, uint64_t& failure) {
  const std::string& classification = sample.Label("classification");
  if (classification == "success") success += ToCount(sample.value);
  if (classification == "failure") failure += ToCount(sample.value);
}

// Hands out the answers one query after the other.
class Answers {
 public:
  Answers(const Scope& scope, absl::Span<const Vector> answers, Groups* groups)
      : scope_(scope), answers_(answers), groups_(groups) {}

  template <typename AddFn>
  void Next(AddFn add) {
    if (next_ >= answers_.size()) return;
    for (const Sample& sample : answers_[next_]) {
      GroupKey key;
      for (const std::string& label : scope_.group_by) key.push_back(sample.Label(label));
      add(sample, (*groups_)[std::move(key)]);
    }
    ++next_;
  }

 private:
  const Scope& scope_;
  const absl::Span<const Vector> answers_;
  Groups* const groups_;
  size_t next_ = 0;
};

}  // namespace

uint64_t ToCount(double value) {
  constexpr double kExactMax = 9007199254740992;  // 2^53.
  if (std::isnan(value) || value <= 0) return 0;
  return static_cast<uint64_t>(std::llround(std::min(value, kExactMax)));
}

std::string QuantileQuery(const char* q, const std::string& metric, const Selector& selector,
                          const std::vector<std::string>& group_by, absl::Duration window) {
  // Linkerd takes irate here, the last two samples only. The rate of the whole window covers the
  // same requests as the counts do, and does not jump.
  std::vector<std::string> labels = {"le"};
  labels.insert(labels.end(), group_by.begin(), group_by.end());
  return absl::StrCat("histogram_quantile(", q, ", sum(rate(", metric, selector.ToString(), "[",
                      prom::FormatWindow(window), "])) by (", absl::StrJoin(labels, ", "), "))");
}

std::vector<std::string> SeriesQueries(const Scope& scope, absl::Duration window) {
  std::vector<std::string> queries;
  const std::vector<std::string> by_class = With(scope.group_by, {"classification", "tls"});
  queries.push_back(IncreaseQuery(scope.request_metric, scope.requests, by_class, window));
  for (const char* q : {"0.5", "0.95", "0.99"}) {
    queries.push_back(
        QuantileQuery(q, scope.latency_metric, scope.requests, scope.group_by, window));
  }
  if (scope.actual_request_metric.has_value()) {
    queries.push_back(
        IncreaseQuery(*scope.actual_request_metric, scope.requests, by_class, window));
  }
  if (scope.connections.has_value()) {
    queries.push_back(GaugeQuery("tcp_open_connections", *scope.connections, scope.group_by));
  }
  if (scope.bytes.has_value()) {
    for (const char* metric : {"tcp_read_bytes_total", "tcp_write_bytes_total"}) {
      queries.push_back(IncreaseQuery(metric, *scope.bytes, scope.group_by, window));
    }
  }
  if (scope.authorizations.has_value()) {
    for (const char* metric : {"inbound_http_authz_allow_total", "inbound_http_authz_deny_total"}) {
      queries.push_back(IncreaseQuery(metric, *scope.authorizations, scope.group_by, window));
    }
  }
  return queries;
}

Groups FoldSeries(const Scope& scope, absl::Span<const Vector> vectors) {
  Groups groups;
  Answers answers(scope, vectors, &groups);
  answers.Next([](const Sample& s, Totals& t) { CountRequest(s, t.success, t.failure); });
  answers.Next([](const Sample& s, Totals& t) { t.latency_ms_p50 = ToCount(s.value); });
  answers.Next([](const Sample& s, Totals& t) { t.latency_ms_p95 = ToCount(s.value); });
  answers.Next([](const Sample& s, Totals& t) { t.latency_ms_p99 = ToCount(s.value); });
  if (scope.actual_request_metric.has_value()) {
    answers.Next(
        [](const Sample& s, Totals& t) { CountRequest(s, t.actual_success, t.actual_failure); });
  }
  if (scope.connections.has_value()) {
    answers.Next([](const Sample& s, Totals& t) {
      t.open_connections = ToCount(s.value);
      t.has_tcp = true;
    });
  }
  if (scope.bytes.has_value()) {
    answers.Next([](const Sample& s, Totals& t) {
      t.read_bytes = ToCount(s.value);
      t.has_tcp = true;
    });
    answers.Next([](const Sample& s, Totals& t) {
      t.write_bytes = ToCount(s.value);
      t.has_tcp = true;
    });
  }
  if (scope.authorizations.has_value()) {
    answers.Next([](const Sample& s, Totals& t) { t.allowed = ToCount(s.value); });
    answers.Next([](const Sample& s, Totals& t) { t.denied = ToCount(s.value); });
  }
  return groups;
}

}  // namespace gossamer::public_api
