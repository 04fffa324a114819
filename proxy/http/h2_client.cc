#include "proxy/http/h2_client.h"

#include <utility>

#include "lib/log/log.h"

namespace gossamer::proxy {

DrainingConnections::~DrainingConnections() {
  for (auto& [raw, connection] : connections_) {
    connection->SetObserver(nullptr);
    connection->Abort();
    loop_->DeleteLater(std::move(connection));
  }
}

void DrainingConnections::Add(std::unique_ptr<http2::ClientConnection> connection) {
  connection->SetObserver(this);
  if (connection->closed()) return loop_->DeleteLater(std::move(connection));
  http2::ClientConnection* raw = connection.get();
  connections_.emplace(raw, std::move(connection));
  raw->Drain();
}

void DrainingConnections::OnClientClosed(http2::ClientConnection* connection) {
  auto it = connections_.find(connection);
  if (it == connections_.end()) return;
  loop_->DeleteLater(std::move(it->second));
  connections_.erase(it);
}

H2Client::H2Client(event::Loop* loop, const Options& options, DialTargetSource target,
                   StreamDecorator decorate, DrainingConnections* draining, absl::BitGenRef random,
                   Observer* observer)
    : loop_(loop),
      options_(options),
      target_(std::move(target)),
      decorate_(std::move(decorate)),
      draining_(draining),
      observer_(observer),
      backoff_(options.backoff, random),
      redial_(loop, [this] { Connect(); }) {
  if (options_.eager) Connect();
}

H2Client::~H2Client() {
  dial_.reset();
  if (current_ != nullptr) draining_->Add(std::move(current_));
  waiting_.PopAll([&](PendingRequest* request) {
    request->OnConnectFailure(absl::UnavailableError("the endpoint is gone"));
  });
}

void H2Client::Start(PendingRequest* request) {
  if (current_ != nullptr) return Send(request);
  waiting_.Push(request);
  // A request does not wait out the backoff of failures that it had no part in.
  if (dial_ == nullptr) Connect();
}

void H2Client::Send(PendingRequest* request) {
  http::Stream* stream = current_->StartRequest(request->head(), request->stream_handler());
  if (stream == nullptr) {
    return request->OnConnectFailure(absl::UnavailableError("the connection is closing"));
  }
  request->OnStream(stream);
}

void H2Client::Connect() {
  if (dial_ != nullptr || current_ != nullptr) return;
  redial_.Cancel();
  dial_ = std::make_unique<Dial>(loop_, target_(),
                                 [this](absl::StatusOr<std::unique_ptr<net::ByteStream>> stream) {
                                   OnDialled(std::move(stream));
                                 });
}

void H2Client::OnDialled(absl::StatusOr<std::unique_ptr<net::ByteStream>> stream) {
  loop_->DeleteLater(std::move(dial_));
  if (!stream.ok()) return ConnectFailed(stream.status());
  auto connection =
      http2::ClientConnection::Create(loop_, decorate_(*std::move(stream)), options_.http2, this);
  if (!connection.ok()) return ConnectFailed(connection.status());
  current_ = *std::move(connection);
  connected_at_ns_ = loop_->now_ns();
  if (observer_ != nullptr) observer_->OnReadyChange();
  while (current_ != nullptr) {
    PendingRequest* request = waiting_.Pop();
    if (request == nullptr) return;
    Send(request);
  }
}

void H2Client::ConnectFailed(const absl::Status& status) {
  GOSSAMER_LOG_EVERY(absl::Seconds(1), kDebug, "http2", "connect failed",
                     {"error", status.message()});
  if (options_.eager) redial_.Arm(backoff_.Next());
  waiting_.PopAll([&](PendingRequest* request) { request->OnConnectFailure(status); });
}

void H2Client::ConnectAgain() {
  if (observer_ != nullptr) observer_->OnReadyChange();
  if (!options_.eager && waiting_.empty()) return;
  // A connection that has been of use is replaced at once. One that did not last is as good as a
  // failure: a server that hangs up on everybody is not to be called in a loop.
  if (absl::Nanoseconds(loop_->now_ns() - connected_at_ns_) < kShortLived) {
    redial_.Arm(backoff_.Next());
    return;
  }
  backoff_.Reset();
  Connect();
}

void H2Client::OnClientDraining(http2::ClientConnection* connection) {
  if (connection != current_.get()) return;
  draining_->Add(std::move(current_));
  ConnectAgain();
}

void H2Client::OnClientClosed(http2::ClientConnection* connection) {
  if (connection != current_.get()) return;
  loop_->DeleteLater(std::move(current_));
  ConnectAgain();
}

}  // namespace gossamer::proxy
