#include "proxy/metrics/labels.h"

#include "absl/strings/str_cat.h"

namespace gossamer::proxy {
namespace {

std::string PortText(uint16_t port) { return port == 0 ? "" : absl::StrCat(port); }

}  // namespace

absl::string_view DirectionName(Direction direction) {
  return direction == Direction::kInbound ? "inbound" : "outbound";
}

void AppendTarget(const net::SocketAddress& target, LabelText* out) {
  out->Add("target_addr", target.ToString());
  out->Add("target_ip", target.ip().ToString());
  out->Add("target_port", uint64_t{target.port()});
}

void InboundTls::Append(LabelText* out) const {
  switch (kind) {
    case Kind::kTrue:
      out->Add("tls", "true").Add("client_id", value);
      return;
    case Kind::kNoIdentity:
      out->Add("tls", "no_identity").Add("no_tls_reason", value);
      return;
    case Kind::kDisabled:
      out->Add("tls", "disabled");
      return;
    case Kind::kOpaque:
      out->Add("tls", "opaque").Add("sni", value);
      return;
  }
}

void OutboundTls::Append(LabelText* out) const {
  switch (kind) {
    case Kind::kTrue:
      out->Add("tls", "true").Add("server_id", value);
      return;
    case Kind::kNoIdentity:
      out->Add("tls", "no_identity").Add("no_tls_reason", value);
      return;
    case Kind::kDisabled:
      out->Add("tls", "disabled");
      return;
  }
}

void ResourceLabels::Append(absl::string_view prefix, LabelText* out) const {
  out->Add(absl::StrCat(prefix, "_group"), group);
  out->Add(absl::StrCat(prefix, "_kind"), kind);
  out->Add(absl::StrCat(prefix, "_name"), name);
}

void ServerLabels::Append(LabelText* out) const {
  resource.Append("srv", out);
  out->Add("srv_port", uint64_t{port});
}

void MetaLabels::Append(absl::string_view prefix, LabelText* out) const {
  out->Add(absl::StrCat(prefix, "_group"), group);
  out->Add(absl::StrCat(prefix, "_kind"), kind);
  out->Add(absl::StrCat(prefix, "_namespace"), ns);
  out->Add(absl::StrCat(prefix, "_name"), name);
  out->Add(absl::StrCat(prefix, "_port"), PortText(port));
  out->Add(absl::StrCat(prefix, "_section_name"), section_name);
}

void OutboundRouteLabels::Append(LabelText* out) const {
  out->Add("route_group", group);
  out->Add("route_kind", kind);
  out->Add("route_namespace", ns);
  out->Add("route_name", name);
}

void InboundEndpointLabels::Append(LabelText* out) const {
  out->Add("direction", "inbound");
  if (authority) out->Add("authority", *authority);
  AppendTarget(target, out);
  tls.Append(out);
  server.Append(out);
  route.Append("route", out);
  authz.Append("authz", out);
}

void OutboundEndpointLabels::Append(bool with_direction, LabelText* out) const {
  if (with_direction) out->Add("direction", "outbound");
  if (authority) out->Add("authority", *authority);
  AppendTarget(target, out);
  tls.Append(out);
  for (const auto& [name, value] : dst) out->AddSanitized("dst_", name, value);
}

}  // namespace gossamer::proxy
