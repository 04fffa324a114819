#include "proxy/metrics/proxy_metrics.h"

#include "absl/strings/str_cat.h"

namespace gossamer::proxy {

ProxyMetrics::ProxyMetrics(const Options& options) {
  MetricsContext context;
  context.registry = &registry_;
  context.retain_idle = options.retain_idle;
  context.clock = options.clock;
  for (int i = 0; i < options.workers; ++i) {
    workers_.push_back(std::make_unique<WorkerMetrics>(context));
  }
  control_ = std::make_unique<ControlMetrics>(context);
  RegisterProcessMetrics(options.build, options.clock, &registry_);
}

std::string MetricsMarkdown() {
  const ProxyMetrics metrics({});
  return absl::StrCat(
      R"(# The proxy's metrics

Made by `bazel run //proxy/metrics:docs`; a test compares it with the registry. `GET /metrics` on the admin port writes the
first section, then the second, which has `# UNIT` lines and ends with `# EOF`. A family without samples is left out.

Each scheme of labels has a cap of label sets; past it, new ones are counted under `overflow="true"`. A label set that
nothing uses is dropped after `LINKERD2_PROXY_METRICS_RETAIN_IDLE`, and only where more than half of the cap is taken; its
counts move to `overflow="true"`, so that sums never go back.

| group | labels |
| --- | --- |
| TGT | target_addr, target_ip, target_port |
| TLS-IN | tls, then client_id (`true`), no_tls_reason (`no_identity`) or sni (`opaque`) |
| TLS-OUT | tls, then server_id (`true`) or no_tls_reason (`no_identity`) |
| SRV | srv_group, srv_kind, srv_name, srv_port |
| RT-IN | route_group, route_kind, route_name |
| AZ | authz_group, authz_kind, authz_name |
| PARENT, BACKEND | parent_ or backend_ with group, kind, namespace, name, port, section_name |
| ROUTE | route_group, route_kind, route_namespace, route_name |
| EP-IN | direction, authority (if asked for), TGT, TLS-IN, SRV, RT-IN, AZ |
| EP-OUT | direction, authority (if the target has a name), TGT, TLS-OUT, dst_ with each label of discovery |
| TCP | accepted: TGT, TLS, and SRV inbound; dialled outbound: EP-OUT; dialled inbound: TLS |

In `inbound_http_refused_messages_total` and its outbound kin, `message` is `request` (answered with 400, 408, 414, 431, 501
or 505, or by a reset in HTTP/2) or `response` (the client gets 502). `reason` is one of: what is wrong with a head
(`bad_line_end`, `obsolete_fold`, `bad_content_length`, `head_too_large`, ...: lib/http/http1/head_error.cc) or with a body
(`bad_chunk_size`, `bad_trailers`, ...: lib/http/http1/body_decoder.cc); `head_timeout`; `upgrade_unasked`; `bad_response`,
which cannot be written as HTTP/1; `too_many_interim_responses`; `memory_short`, where what held most was ended for want of
memory; in HTTP/2 `malformed_field`, `malformed_message`,
`bad_target`, `bad_host`, `host_conflict`, `bad_preface`, `flood`, `reset_flood`, `head_flood`, `stall_timeout`, and RFC 9113's own error
codes (`h2_protocol_error`, `h2_flow_control_error`, `h2_enhance_your_calm`, ...).

)",
      metrics::RenderMarkdown(metrics.registry()));
}

}  // namespace gossamer::proxy
