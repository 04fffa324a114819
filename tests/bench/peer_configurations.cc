// The configurations of the peers: each with no more than the work that is compared.

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "tests/bench/peer.h"

namespace gossamer::bench {
namespace {

constexpr int kBulkProtocol = 2;
constexpr int kHttp2Protocol = 1;
constexpr char kEnvoyTypes[] = "type.googleapis.com/envoy.extensions";

// $0 type prefix, $1 cluster.
constexpr char kEnvoyHttpFilter[] = R"(
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": $0.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: $1
          codec_type: AUTO
          generate_request_id: false
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes: [{match: {prefix: "/"}, route: {cluster: $1, timeout: 0s}}]
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": $0.filters.http.router.v3.Router}
)";

constexpr char kEnvoyTcpFilter[] = R"(
      - name: envoy.filters.network.tcp_proxy
        typed_config:
          "@type": $0.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: $1
          cluster: $1
)";

// $0 type prefix, $1 context, $2 prefix of the files, $3 ALPN, $4 what else the context says.
constexpr char kEnvoyTls[] = R"(
      transport_socket:
        name: envoy.transport_sockets.tls
        typed_config:
          "@type": $0.transport_sockets.tls.v3.$1
          $4
          common_tls_context:
            alpn_protocols: [$3]
            tls_certificates:
            - certificate_chain: {filename: "$2crt.pem"}
              private_key: {filename: "$2key.pem"}
            validation_context: {trusted_ca: {filename: "$2ca.pem"}}
)";

constexpr char kEnvoyHttp2[] = R"(
      typed_extension_protocol_options:
        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
          "@type": $0.upstreams.http.v3.HttpProtocolOptions
          explicit_http_config: {http2_protocol_options: {}}
)";

std::string EnvoyTls(const std::string& files, bool downstream, bool http) {
  return absl::Substitute(
      kEnvoyTls, kEnvoyTypes, downstream ? "DownstreamTlsContext" : "UpstreamTlsContext", files,
      http ? "h2" : "bench", downstream ? "require_client_certificate: true" : "");
}

}  // namespace

std::string Peer::EnvoyConfiguration(const Peer& peer, bool client_side) {
  std::string listeners;
  std::string clusters;
  for (int protocol = 0; protocol <= kBulkProtocol; ++protocol) {
    const bool http = protocol != kBulkProtocol;
    const std::string name = absl::StrCat("p", protocol);
    absl::StrAppend(&listeners,
                    absl::Substitute(
                        "  - name: $0\n"
                        "    address: {socket_address: {address: $1, port_value: $2}}\n"
                        "    filter_chains:\n"
                        "    - filters:",
                        name, peer.listen_ip(client_side), peer.listen_port(client_side, protocol)),
                    absl::Substitute(http ? kEnvoyHttpFilter : kEnvoyTcpFilter, kEnvoyTypes, name),
                    client_side ? "" : EnvoyTls(peer.path(""), /*downstream=*/true, http), "\n");
    const bool http2 = http && (client_side || protocol == kHttp2Protocol);
    absl::StrAppend(&clusters,
                    absl::Substitute(
                        "    - name: $0\n"
                        "      type: STATIC\n"
                        // The default of 1024 would refuse some of a thousand connections.
                        "      circuit_breakers: {thresholds: [{max_connections: 8192, "
                        "max_pending_requests: 8192, max_requests: 8192}]}\n"
                        "      load_assignment:\n"
                        "        cluster_name: $0\n"
                        "        endpoints:\n"
                        "        - lb_endpoints:\n"
                        "          - endpoint: {address: {socket_address: {address: $1, "
                        "port_value: $2}}}\n",
                        name, peer.target_ip(client_side), peer.target_port(client_side, protocol)),
                    http2 ? absl::Substitute(kEnvoyHttp2, kEnvoyTypes) : "",
                    client_side ? EnvoyTls(peer.path(""), /*downstream=*/false, http) : "");
  }
  return absl::StrCat("static_resources:\n  listeners:\n", listeners, "  clusters:\n", clusters);
}

std::string Peer::HaproxyConfiguration(const Peer& peer, bool client_side) {
  std::string out =
      "global\n"
      "  nbthread 1\n"
      "  maxconn 4000\n"
      "  tune.ssl.default-dh-param 2048\n"
      "defaults\n"
      "  timeout connect 5s\n"
      "  timeout client 1h\n"
      "  timeout server 1h\n"
      "  timeout http-keep-alive 1h\n";
  const std::string files = peer.path("");
  for (int protocol = 0; protocol <= kBulkProtocol; ++protocol) {
    const bool http = protocol != kBulkProtocol;
    const std::string alpn = http ? " alpn h2" : "";
    const std::string tls =
        absl::Substitute(" ssl crt $0both.pem ca-file $0ca.pem verify required$1", files, alpn);
    const std::string plain = protocol == kHttp2Protocol ? " proto h2" : "";
    absl::SubstituteAndAppend(&out,
                              "listen p$0\n"
                              "  mode $1\n"
                              "$2"
                              "  bind $3:$4$5\n"
                              "  server next $6:$7$8\n",
                              protocol, http ? "http" : "tcp", http ? "  http-reuse always\n" : "",
                              peer.listen_ip(client_side), peer.listen_port(client_side, protocol),
                              client_side ? plain : tls, peer.target_ip(client_side),
                              peer.target_port(client_side, protocol), client_side ? tls : plain);
  }
  return out;
}

std::string Peer::RelayConfiguration(const Peer& peer, bool client_side) {
  std::string out;
  for (int protocol = 0; protocol <= kBulkProtocol; ++protocol) {
    absl::StrAppend(&out, peer.listen_ip(client_side), " ", peer.listen_port(client_side, protocol),
                    " ", peer.target_ip(client_side), " ", peer.target_port(client_side, protocol),
                    "\n");
  }
  return out;
}

}  // namespace gossamer::bench
