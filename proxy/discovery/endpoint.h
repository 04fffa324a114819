#ifndef PROXY_DISCOVERY_ENDPOINT_H_
#define PROXY_DISCOVERY_ENDPOINT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "lib/net/ip.h"

namespace gossamer::proxy {

// Label names (without dst_) and values, sorted by name.
using Labels = std::vector<std::pair<std::string, std::string>>;

// How a peer's proxy proves itself.
struct ServerTls {
  std::string id;           // A DNS name or URI that its certificate must hold.
  std::string server_name;  // To send as SNI.

  friend bool operator==(const ServerTls&, const ServerTls&) = default;
};

// What the HTTP/2 connection to an endpoint is to be like, beyond the proxy's own settings.
struct EndpointHttp2 {
  uint32_t stream_window_bytes = 0;      // 0: the default.
  uint32_t connection_window_bytes = 0;  // 0: the default.
  absl::Duration keepalive_interval = absl::InfiniteDuration();
  absl::Duration keepalive_timeout = absl::InfiniteDuration();
  bool keepalive_while_idle = false;

  friend bool operator==(const EndpointHttp2&, const EndpointHttp2&) = default;
};

// One address of a destination and all that discovery says of it. A value; two that are equal are
// the same endpoint, whose connections live on.
struct Endpoint {
  enum class Hint : uint8_t {
    kUnknown,
    kHttp2,   // Its proxy takes HTTP/2 and HTTP/1 upgraded to it.
    kOpaque,  // Its proxy forwards the port as it is.
  };

  net::SocketAddress address;
  Labels labels;
  std::optional<ServerTls> tls;  // None: plaintext.
  Hint hint = Hint::kUnknown;
  uint16_t transport_port = 0;  // Connect there with a transport header; 0: connect to `address`.
  std::string authority_override;
  EndpointHttp2 http2;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// All endpoints of a destination at one time; immutable and shared between threads.
struct EndpointSet {
  std::vector<Endpoint> endpoints;  // No address twice.
};
using EndpointSetPtr = std::shared_ptr<const EndpointSet>;

}  // namespace gossamer::proxy

#endif  // PROXY_DISCOVERY_ENDPOINT_H_
