#ifndef PROXY_METRICS_LABELS_H_
#define PROXY_METRICS_LABELS_H_

// The label groups of docs/METRICS.md. Each type is what a connection or a request knows; Append()
// writes its labels in the order that dashboards of Linkerd expect. Made when a label set is
// resolved, not on a hot path.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/metrics/label_text.h"
#include "lib/net/ip.h"

namespace gossamer::proxy {

using metrics::LabelText;

enum class Direction { kInbound, kOutbound };
absl::string_view DirectionName(Direction direction);

// TGT: target_addr, target_ip, target_port.
void AppendTarget(const net::SocketAddress& target, LabelText* out);

// TLS-IN: how a client's connection is secured.
struct InboundTls {
  enum class Kind { kTrue, kNoIdentity, kDisabled, kOpaque };

  // Mesh TLS was terminated here; `client_id` is empty for a client without certificate.
  static InboundTls True(std::string client_id) { return {Kind::kTrue, std::move(client_id)}; }
  // `reason` is port_skipped, no_tls_from_remote or loopback.
  static InboundTls None(std::string reason) { return {Kind::kNoIdentity, std::move(reason)}; }
  // TLS that is passed through.
  static InboundTls Opaque(std::string sni) { return {Kind::kOpaque, std::move(sni)}; }

  void Append(LabelText* out) const;

  Kind kind = Kind::kDisabled;
  std::string value;
};

// TLS-OUT: how the connection to a server is secured.
struct OutboundTls {
  enum class Kind { kTrue, kNoIdentity, kDisabled };

  static OutboundTls True(std::string server_id) { return {Kind::kTrue, std::move(server_id)}; }
  // `reason` is not_provided_by_service_discovery, loopback or ingress_without_override.
  static OutboundTls None(std::string reason) { return {Kind::kNoIdentity, std::move(reason)}; }

  void Append(LabelText* out) const;

  Kind kind = Kind::kDisabled;
  std::string value;
};

// A policy resource; where there is none, group "" and kind "default".
struct ResourceLabels {
  std::string group;
  std::string kind = "default";
  std::string name;

  // <prefix>_group, <prefix>_kind, <prefix>_name.
  void Append(absl::string_view prefix, LabelText* out) const;
};

// SRV: the inbound server policy, and the port it is for.
struct ServerLabels {
  void Append(LabelText* out) const;

  ResourceLabels resource;
  uint16_t port = 0;
};

// PARENT and BACKEND: a policy resource with its place.
struct MetaLabels {
  // <prefix>_group, _kind, _namespace, _name, _port, _section_name.
  void Append(absl::string_view prefix, LabelText* out) const;

  std::string group;
  std::string kind = "default";
  std::string ns;
  std::string name;
  uint16_t port = 0;  // Written as "" where it is 0.
  std::string section_name;
};

// ROUTE of the outbound side: route_group, _kind, _namespace, _name.
struct OutboundRouteLabels {
  void Append(LabelText* out) const;

  std::string group;
  std::string kind = "default";
  std::string ns;
  std::string name;
};

// Labels from service discovery (DST) or from a profile's route (RT), without their prefix.
using ForeignLabels = std::vector<std::pair<std::string, std::string>>;

// EP-IN: an inbound HTTP request's labels.
struct InboundEndpointLabels {
  void Append(LabelText* out) const;

  std::optional<std::string> authority;  // Only where the operator has asked for it.
  net::SocketAddress target;
  InboundTls tls;
  ServerLabels server;
  ResourceLabels route;
  ResourceLabels authz;
};

// EP-OUT: an outbound endpoint's labels.
struct OutboundEndpointLabels {
  // `with_direction` leads with direction="outbound".
  void Append(bool with_direction, LabelText* out) const;

  std::optional<std::string> authority;  // Where the target has a name.
  net::SocketAddress target;
  OutboundTls tls;
  ForeignLabels dst;
};

}  // namespace gossamer::proxy

#endif  // PROXY_METRICS_LABELS_H_
