#include "proxy/metrics/transport_scopes.h"

#include "absl/strings/str_cat.h"
#include "lib/metrics/label_text.h"

namespace gossamer::proxy {
namespace {

using metrics::Family;
using metrics::LabelText;
using metrics::TextWriter;
using metrics::Type;

constexpr std::array<absl::string_view, DetectScope::kResults> kResultNames = {
    "not_http", "http/1", "http/2", "read_timeout", "error"};
constexpr std::array<absl::string_view, BalancerScope::kUpdates> kUpdateNames = {"Reset", "Add",
                                                                                 "Remove"};

double Seconds(absl::Time time) { return absl::ToDoubleSeconds(time - absl::UnixEpoch()); }

template <auto kCell>
void WriteCell(const BalancerScope& scope, absl::string_view labels, TextWriter* writer) {
  writer->Sample(labels, "", scope.*kCell);
}

}  // namespace

void DetectScope::MergeFrom(const DetectScope& other) {
  seconds.MergeFrom(other.seconds);
  for (int i = 0; i < kResults; ++i) results[i].MergeFrom(other.results[i]);
}

std::vector<Family<DetectScope>> DetectScope::Families(absl::string_view prefix,
                                                       absl::string_view labels) {
  return {
      {{absl::StrCat(prefix, "_tcp_detect_http_duration_seconds"), Type::kHistogram,
        std::string(labels), "Time that sniffing for HTTP took", "seconds"},
       [](const DetectScope& scope, absl::string_view text, TextWriter* writer) {
         writer->Sample(text, "", scope.seconds);
       }},
      {{absl::StrCat(prefix, "_tcp_detect_http_results_total"), Type::kCounter,
        absl::StrCat("result, ", labels), "What sniffing for HTTP found", ""},
       [](const DetectScope& scope, absl::string_view text, TextWriter* writer) {
         for (int i = 0; i < kResults; ++i) {
           writer->Sample(LabelText().Add("result", kResultNames[i]).text(), text,
                          scope.results[i]);
         }
       }},
  };
}

void BalancerScope::OnGateOpen(absl::Time now) {
  gate_opened.Add();
  gate_open_time_seconds.Set(Seconds(now));
}

void BalancerScope::OnGateShut(absl::Time now) {
  gate_shut.Add();
  gate_shut_time_seconds.Set(Seconds(now));
}

void BalancerScope::MergeFrom(const BalancerScope& other) {
  p2c_endpoints.MergeFrom(other.p2c_endpoints);
  for (int i = 0; i < kUpdates; ++i) p2c_updates[i].MergeFrom(other.p2c_updates[i]);
  endpoints_ready.MergeFrom(other.endpoints_ready);
  endpoints_pending.MergeFrom(other.endpoints_pending);
  queue_length.MergeFrom(other.queue_length);
  queue_requests.MergeFrom(other.queue_requests);
  queue_seconds.MergeFrom(other.queue_seconds);
  gate_opened.MergeFrom(other.gate_opened);
  gate_shut.MergeFrom(other.gate_shut);
  gate_open_time_seconds.MergeFrom(other.gate_open_time_seconds);
  gate_shut_time_seconds.MergeFrom(other.gate_shut_time_seconds);
  gate_timeout_seconds.MergeFrom(other.gate_timeout_seconds);
}

std::vector<Family<BalancerScope>> BalancerScope::Families(absl::string_view prefix,
                                                           absl::string_view labels) {
  using S = BalancerScope;
  const std::string name = absl::StrCat(prefix, "_balancer_");
  const std::string all(labels);
  return {
      {{name + "p2c_endpoints", Type::kGauge, all, "Endpoints in the balancer", ""},
       WriteCell<&S::p2c_endpoints>},
      {{name + "p2c_updates_total", Type::kCounter, absl::StrCat(all, ", op"),
        "Updates from discovery", ""},
       [](const S& scope, absl::string_view text, TextWriter* writer) {
         for (int i = 0; i < kUpdates; ++i) {
           writer->Sample(text, LabelText().Add("op", kUpdateNames[i]).text(),
                          scope.p2c_updates[i]);
         }
       }},
      {{name + "endpoints", Type::kGauge, absl::StrCat(all, ", endpoint_state"),
        "Endpoints by state: ready or pending", ""},
       [](const S& scope, absl::string_view text, TextWriter* writer) {
         writer->Sample(text, "endpoint_state=\"ready\"", scope.endpoints_ready);
         writer->Sample(text, "endpoint_state=\"pending\"", scope.endpoints_pending);
       }},
      {{name + "queue_length", Type::kGauge, all, "Requests that wait now", ""},
       WriteCell<&S::queue_length>},
      {{name + "queue_requests_total", Type::kCounter, all, "Requests that came to the queue", ""},
       WriteCell<&S::queue_requests>},
      {{name + "queue_latency_seconds", Type::kHistogram, all, "Time that requests waited",
        "seconds"},
       WriteCell<&S::queue_seconds>},
      {{name + "queue_gate_open_total", Type::kCounter, all, "Times that fail-fast ended", ""},
       WriteCell<&S::gate_opened>},
      {{name + "queue_gate_shut_total", Type::kCounter, all, "Times that fail-fast began", ""},
       WriteCell<&S::gate_shut>},
      {{name + "queue_gate_open_time_seconds", Type::kGauge, all,
        "When fail-fast last ended, in Unix time", "seconds"},
       WriteCell<&S::gate_open_time_seconds>},
      {{name + "queue_gate_shut_time_seconds", Type::kGauge, all,
        "When fail-fast last began, in Unix time", "seconds"},
       WriteCell<&S::gate_shut_time_seconds>},
      {{name + "queue_gate_timeout_seconds", Type::kGauge, all,
        "How long a request waits before fail-fast begins", "seconds"},
       WriteCell<&S::gate_timeout_seconds>},
  };
}

}  // namespace gossamer::proxy
