#include "tests/mesh/shown_certificate.h"

#include <poll.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "lib/event/loop.h"
#include "lib/net/socket.h"
#include "lib/net/tcp_stream.h"
#include "lib/status/status_macros.h"
#include "lib/tls/context.h"
#include "lib/tls/tls_stream.h"
#include "tests/support/manifest_writer.h"

namespace gossamer::mesh_test {

absl::StatusOr<x509::Certificate> ShownCertificate(harness::Pod* pod) {
  std::string der;
  tls::ContextOptions options;
  options.role = tls::Role::kClient;
  options.verify = [&der](absl::Span<const absl::string_view> chain,
                          absl::string_view) -> absl::StatusOr<std::string> {
    der = std::string(chain.front());
    return std::string();
  };
  GOSSAMER_ASSIGN_OR_RETURN(const auto context, tls::Context::Create(options));
  GOSSAMER_ASSIGN_OR_RETURN(const auto loop, event::Loop::Create());
  const net::SocketAddress address(*net::IpAddress::Parse(pod->ip()), harness::kInboundPort);
  GOSSAMER_ASSIGN_OR_RETURN(net::UniqueFd fd, net::Connect(address, {}));
  pollfd connecting = {fd.get(), POLLOUT, 0};
  poll(&connecting, 1, /*timeout=*/10'000);
  GOSSAMER_ASSIGN_OR_RETURN(auto tcp, net::TcpStream::Create(loop.get(), std::move(fd)));
  const std::string name = harness::IdentityName(pod->workload().account(), pod->workload().ns);
  bool done = false;
  GOSSAMER_ASSIGN_OR_RETURN(
      const auto stream, tls::TlsStream::Create(loop.get(), std::move(tcp), context, {name, name},
                                                [&done](absl::Status) { done = true; }));
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  while (!done && absl::Now() < deadline) loop->RunOnce(absl::Milliseconds(20));
  if (der.empty()) return absl::UnavailableError("no TLS handshake with " + pod->name());
  return x509::Certificate::FromDer(der);
}

}  // namespace gossamer::mesh_test
