#include "proxy/metrics/control_metrics.h"

namespace gossamer::proxy {
namespace {

using metrics::Dialect;
using FloatScope = metrics::SingleScope<metrics::FloatGauge>;
using GaugeScope = metrics::SingleScope<metrics::Gauge>;

std::vector<metrics::Family<FloatScope>> FloatGauge(absl::string_view name,
                                                    absl::string_view help) {
  return {{{std::string(name), metrics::Type::kGauge, "", std::string(help), "seconds"},
           FloatScope::Write}};
}

std::vector<metrics::Family<GaugeScope>> Gauge(absl::string_view name, absl::string_view help) {
  return {
      {{std::string(name), metrics::Type::kGauge, "", std::string(help), ""}, GaugeScope::Write}};
}

absl::string_view ClientName(ControlMetrics::Client client) {
  switch (client) {
    case ControlMetrics::Client::kIdentity:
      return "identity";
    case ControlMetrics::Client::kDestination:
      return "destination";
    case ControlMetrics::Client::kPolicy:
      return "policy";
  }
  return "";
}

double UnixSeconds(absl::Time time) { return absl::ToDoubleSeconds(time - absl::UnixEpoch()); }

}  // namespace

ControlMetrics::ControlMetrics(const MetricsContext& context)
    : http_(context, Dialect::kPlain, HttpScope::Families("control_", "addr, TLS-OUT")),
      dns_(context, Dialect::kOpenMetrics, "control_dns_resolutions_total",
           "client, record_type, result", "DNS resolutions of control-plane addresses"),
      expiry_(context, Dialect::kOpenMetrics,
              FloatGauge("control_identity_cert_expiration_timestamp_seconds",
                         "When the proxy's certificate expires, in Unix time")),
      refreshed_(context, Dialect::kOpenMetrics,
                 FloatGauge("control_identity_cert_refresh_timestamp_seconds",
                            "When the proxy last got a certificate, in Unix time")),
      refreshes_(context, Dialect::kOpenMetrics, "control_identity_cert_refreshes_total", "result",
                 "Certificates asked for, by result: ok or error"),
      anchors_expiry_(context, Dialect::kOpenMetrics,
                      FloatGauge("control_identity_trust_anchors_expiration_timestamp_seconds",
                                 "When the last of the trust anchors expires, in Unix time")),
      pending_policies_(context, Dialect::kOpenMetrics,
                        Gauge("control_policy_pending_ports",
                              "Configured ports whose policy has not come yet; the default "
                              "policy holds for them")),
      identity_balancer_(context, Dialect::kOpenMetrics,
                         BalancerScope::Families("control_identity", "addr")),
      destination_balancer_(context, Dialect::kOpenMetrics,
                            BalancerScope::Families("control_destination", "addr")),
      policy_balancer_(context, Dialect::kOpenMetrics,
                       BalancerScope::Families("control_policy", "addr")) {}

ControlMetrics::HttpRef ControlMetrics::Http(absl::string_view address, const OutboundTls& tls) {
  LabelText text;
  text.Add("addr", address);
  tls.Append(&text);
  return http_.Get(text.text());
}

ControlMetrics::BalancerRef ControlMetrics::Balancer(Client client, absl::string_view address) {
  const std::string labels = LabelText().Add("addr", address).Take();
  if (client == Client::kIdentity) return identity_balancer_.Get(labels);
  if (client == Client::kDestination) return destination_balancer_.Get(labels);
  return policy_balancer_.Get(labels);
}

ControlMetrics::CounterRef ControlMetrics::DnsResolutions(Client client,
                                                          absl::string_view record_type,
                                                          absl::string_view result) {
  return dns_.Get(LabelText()
                      .Add("client", ClientName(client))
                      .Add("record_type", record_type)
                      .Add("result", result)
                      .text());
}

void ControlMetrics::OnCertificate(absl::Time now, absl::Time expiry) {
  expiry_.Get("")->cell.Set(UnixSeconds(expiry));
  refreshed_.Get("")->cell.Set(UnixSeconds(now));
  refreshes_.Get("result=\"ok\"")->cell.Add();
}

void ControlMetrics::SetTrustAnchorsExpiry(absl::Time expiry) {
  anchors_expiry_.Get("")->cell.Set(UnixSeconds(expiry));
}

void ControlMetrics::SetPendingPolicies(size_t ports) {
  pending_policies_.Get("")->cell.Set(static_cast<int64_t>(ports));
}

void ControlMetrics::OnCertificateError() { refreshes_.Get("result=\"error\"")->cell.Add(); }

}  // namespace gossamer::proxy
