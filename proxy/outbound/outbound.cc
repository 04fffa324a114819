#include "proxy/outbound/outbound.h"

#include <utility>

#include "lib/log/log.h"
#include "lib/net/tcp_stream.h"
#include "lib/status/status_macros.h"

namespace gossamer::proxy {

void Outbound::Abort() {
  acceptors_.clear();
  const std::vector<OutboundConnection*> all(connections_.begin(), connections_.end());
  for (OutboundConnection* connection : all) connection->Abort();
}

absl::Status Outbound::Listen(net::UniqueFd listener) {
  GOSSAMER_ASSIGN_OR_RETURN(
      auto acceptor,
      Acceptor::Create(
          context_->loop, std::move(listener), MakeSocketOptions(context_->config->outbound.accept),
          [this](net::UniqueFd fd, const net::SocketAddress& client) {
            OnConnection(std::move(fd), client);
          },
          context_->connections));
  acceptors_.push_back(std::move(acceptor));
  return absl::OkStatus();
}

void Outbound::OnConnection(net::UniqueFd fd, const net::SocketAddress& client) {
  ++accepted_;
  const absl::StatusOr<net::SocketAddress> original = net::OriginalDestination(fd.get(), client);
  if (!original.ok()) {
    GOSSAMER_LOG_EVERY(absl::Seconds(10), kWarn, "proxy::outbound",
                       "a connection was not redirected and has nowhere to go",
                       {"error", original.status().message()});
    return;
  }
  auto tcp = net::TcpStream::Create(context_->loop, std::move(fd));
  if (!tcp.ok()) return;
  OutboundConnection::Start(&shared_, &connections_, *std::move(tcp), *original);
}

void Outbound::Drain() {
  const std::vector<OutboundConnection*> all(connections_.begin(), connections_.end());
  for (OutboundConnection* connection : all) connection->Drain();
}

void Outbound::CloseDraining() {
  const std::vector<OutboundConnection*> all(connections_.begin(), connections_.end());
  for (OutboundConnection* connection : all) {
    if (connection->draining()) connection->Abort();
  }
}

ConnectionCounts Outbound::Counts() const {
  ConnectionCounts counts;
  counts.open = static_cast<int>(connections_.size());
  counts.accepted = accepted_;
  for (const OutboundConnection* connection : connections_)
    counts.draining += connection->draining();
  return counts;
}

void Outbound::ListHolders(std::vector<MemoryHolder*>* holders) const {
  holders->insert(holders->end(), connections_.begin(), connections_.end());
}

}  // namespace gossamer::proxy
