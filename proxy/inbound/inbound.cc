#include "proxy/inbound/inbound.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "lib/log/log.h"
#include "lib/net/tcp_stream.h"
#include "lib/status/status_macros.h"

namespace gossamer::proxy {

void Inbound::Abort() {
  acceptor_.reset();
  const std::vector<InboundConnection*> all(shared_.connections.begin(), shared_.connections.end());
  for (InboundConnection* connection : all) connection->Abort();
}

absl::Status Inbound::Listen(net::UniqueFd listener) {
  GOSSAMER_ASSIGN_OR_RETURN(
      acceptor_,
      Acceptor::Create(
          context_->loop, std::move(listener), MakeSocketOptions(context_->config->inbound.accept),
          [this](net::UniqueFd fd, const net::SocketAddress& client) {
            OnConnection(std::move(fd), client);
          },
          context_->connections));
  return absl::OkStatus();
}

void Inbound::OnConnection(net::UniqueFd fd, const net::SocketAddress& client) {
  ++accepted_;
  // Not redirected: then the client means the address that it has reached.
  absl::StatusOr<net::SocketAddress> original = net::OriginalDestination(fd.get(), client);
  if (!original.ok()) original = net::LocalAddress(fd.get());
  const auto& ips = context_->config->inbound.ips;
  if (!ips.empty() && std::find(ips.begin(), ips.end(), original->ip()) == ips.end()) {
    GOSSAMER_LOG_EVERY(absl::Seconds(10), kWarn, "proxy::inbound",
                       "inbound connections are not allowed on this IP address",
                       {"address", original->ToString()});
    return;
  }
  auto tcp = net::TcpStream::Create(context_->loop, std::move(fd));
  if (!tcp.ok()) return;
  InboundConnection::Start(&shared_, *std::move(tcp), client, *original);
}

void Inbound::Drain() {
  const std::vector<InboundConnection*> all(shared_.connections.begin(), shared_.connections.end());
  for (InboundConnection* connection : all) connection->Drain();
}

void Inbound::CloseDraining() {
  const std::vector<InboundConnection*> all(shared_.connections.begin(), shared_.connections.end());
  for (InboundConnection* connection : all) {
    if (connection->draining()) connection->Abort();
  }
}

ConnectionCounts Inbound::Counts() const {
  ConnectionCounts counts;
  counts.open = static_cast<int>(shared_.connections.size());
  counts.accepted = accepted_;
  for (const InboundConnection* connection : shared_.connections)
    counts.draining += connection->draining();
  return counts;
}

void Inbound::ListHolders(std::vector<MemoryHolder*>* holders) const {
  holders->insert(holders->end(), shared_.connections.begin(), shared_.connections.end());
}

}  // namespace gossamer::proxy
