#include "proxy/http/h1_pool.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace gossamer::proxy {
namespace {

// Whether the peer has ended this connection, as far as the kernel knows. Reads nothing.
bool PeerHasClosed(int fd) {
  char byte;
  const ssize_t result = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return result == 0 || (result < 0 && errno != EAGAIN && errno != EINTR);
}

}  // namespace

H1Pool::H1Pool(event::Loop* loop, Options options, DialTargetSource target,
               StreamDecorator decorate)
    : loop_(loop),
      options_(options),
      target_(std::move(target)),
      decorate_(std::move(decorate)),
      idle_limit_(options.idle_timeout),
      expiry_(loop, [this] { CloseExpired(); }) {}

H1Pool::~H1Pool() {
  dials_.clear();
  waiting_.PopAll([&](PendingRequest* request) {
    request->OnConnectFailure(absl::UnavailableError("the endpoint is gone"));
  });
  for (auto& [connection, owned] : busy_) {
    owned->Abort();
    loop_->DeleteLater(std::move(owned));
  }
}

void H1Pool::Start(PendingRequest* request) {
  while (!idle_.empty()) {
    Idle last = std::move(idle_.back());
    idle_.pop_back();
    if (Reusable(last)) {
      Send(std::move(last.connection), request);
      return;
    }
    last.connection->Abort();
    loop_->DeleteLater(std::move(last.connection));
  }
  waiting_.Push(request);
  // One dial for each that waits: a connection that comes free meanwhile serves the first of them.
  if (dials_.size() < static_cast<size_t>(waiting_.size())) StartDial();
}

void H1Pool::StartDial() {
  auto slot = std::make_shared<Dial*>(nullptr);
  auto dial = std::make_unique<Dial>(
      loop_, target_(), [this, slot](absl::StatusOr<std::unique_ptr<net::ByteStream>> stream) {
        OnDialled(*slot, std::move(stream));
      });
  *slot = dial.get();
  dials_.emplace(dial.get(), std::move(dial));
}

void H1Pool::OnDialled(Dial* dial, absl::StatusOr<std::unique_ptr<net::ByteStream>> stream) {
  auto it = dials_.find(dial);
  loop_->DeleteLater(std::move(it->second));
  dials_.erase(it);
  PendingRequest* request = waiting_.Pop();
  if (!stream.ok()) {
    if (request != nullptr) request->OnConnectFailure(stream.status());
    return;
  }
  http1::ClientConnection::Observer* self = this;
  auto connection = std::make_unique<http1::ClientConnection>(loop_, decorate_(*std::move(stream)),
                                                              options_.limits, self);
  connection->Start();
  if (request == nullptr) return Keep(std::move(connection));
  Send(std::move(connection), request);
}

bool H1Pool::Send(std::unique_ptr<http1::ClientConnection> connection, PendingRequest* request) {
  http1::ClientConnection* raw = connection.get();
  busy_.emplace(raw, std::move(connection));
  http::Stream* stream = raw->StartRequest(request->head(), request->stream_handler());
  if (stream == nullptr) {
    auto it = busy_.find(raw);
    Keep(std::move(it->second));
    busy_.erase(it);
    request->OnConnectFailure(
        absl::InvalidArgumentError("the request cannot be written as HTTP/1"));
    return false;
  }
  request->OnStream(stream);
  return true;
}

void H1Pool::OnClientIdle(http1::ClientConnection* connection) {
  auto it = busy_.find(connection);
  if (it == busy_.end()) return;
  std::unique_ptr<http1::ClientConnection> owned = std::move(it->second);
  busy_.erase(it);
  if (!connection->reused()) LearnTimeout(connection->announced_idle_timeout());
  if (PendingRequest* request = waiting_.Pop()) {
    Send(std::move(owned), request);
    return;
  }
  Keep(std::move(owned));
}

void H1Pool::Keep(std::unique_ptr<http1::ClientConnection> connection) {
  if (idle_.size() >= options_.max_idle) {
    connection->Abort();
    loop_->DeleteLater(std::move(connection));
    return;
  }
  if (idle_.empty()) expiry_.Arm(idle_limit_.value());
  idle_.push_back({std::move(connection), loop_->now_ns()});
}

void H1Pool::OnClientClosed(http1::ClientConnection* connection) {
  if (auto it = busy_.find(connection); it != busy_.end()) {
    loop_->DeleteLater(std::move(it->second));
    busy_.erase(it);
    return;
  }
  const auto it = std::find_if(idle_.begin(), idle_.end(), [&](const Idle& idle) {
    return idle.connection.get() == connection;
  });
  if (it == idle_.end()) return;
  const absl::Duration idle_for = IdleFor(*it);
  loop_->DeleteLater(std::move(it->connection));
  idle_.erase(it);
  LearnTimeout(idle_for);
}

absl::Duration H1Pool::IdleFor(const Idle& idle) const {
  return absl::Nanoseconds(loop_->now_ns() - idle.since_ns);
}

bool H1Pool::Reusable(const Idle& idle) {
  const absl::Duration idle_for = IdleFor(idle);
  if (!idle.connection->idle() || idle_for >= idle_limit_.value()) return false;
  if (idle_for < kLookAfter || !PeerHasClosed(idle.connection->transport()->fd())) return true;
  LearnTimeout(idle_for);
  return false;
}

void H1Pool::LearnTimeout(absl::Duration timeout) {
  if (idle_limit_.Learn(timeout)) CloseExpired();
}

void H1Pool::CloseExpired() {
  const int64_t timeout_ns = absl::ToInt64Nanoseconds(idle_limit_.value());
  const int64_t now_ns = loop_->now_ns();
  const auto fresh = std::find_if(idle_.begin(), idle_.end(), [&](const Idle& idle) {
    return now_ns - idle.since_ns < timeout_ns;
  });
  for (auto it = idle_.begin(); it != fresh; ++it) it->connection->Abort();
  idle_.erase(idle_.begin(), fresh);
  if (!idle_.empty()) {
    expiry_.Arm(absl::Nanoseconds(idle_.front().since_ns + timeout_ns - now_ns));
  }
}

}  // namespace gossamer::proxy
