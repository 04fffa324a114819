#ifndef PROXY_HTTP_H2_CLIENT_H_
#define PROXY_HTTP_H2_CLIENT_H_

#include <memory>

#include "absl/container/flat_hash_map.h"
#include "absl/random/bit_gen_ref.h"
#include "absl/status/statusor.h"
#include "lib/event/loop.h"
#include "lib/http/http2/connection.h"
#include "lib/time/backoff.h"
#include "proxy/http/upstream.h"
#include "proxy/transport/dial.h"

namespace gossamer::proxy {

// Connections that take no new requests and live on until their last one is done. One a worker.
class DrainingConnections final : private http2::ClientConnection::Observer {
 public:
  explicit DrainingConnections(event::Loop* loop) : loop_(loop) {}
  // Requests in flight are reset.
  ~DrainingConnections();

  void Add(std::unique_ptr<http2::ClientConnection> connection);
  bool empty() const { return connections_.empty(); }

 private:
  void OnClientDraining(http2::ClientConnection*) override {}
  void OnClientClosed(http2::ClientConnection* connection) override;

  event::Loop* const loop_;
  absl::flat_hash_map<http2::ClientConnection*, std::unique_ptr<http2::ClientConnection>>
      connections_;
};

// The one HTTP/2 connection to an endpoint, kept up: it is dialled again, with backoff, whenever it
// is lost, and replaced before it ends where the server says so (GOAWAY). What is in flight on a
// connection that is being replaced goes on there.
class H2Client final : private http2::ClientConnection::Observer {
 public:
  class Observer {
   public:
    // ready() has changed.
    virtual void OnReadyChange() = 0;

   protected:
    ~Observer() = default;
  };

  struct Options {
    http2::Options http2;
    Backoff::Options backoff;
    bool eager = false;  // Connects at once and again, not only for a request.
  };

  // `draining`, `random` and, where not null, `observer` are borrowed and outlive the client.
  H2Client(event::Loop* loop, const Options& options, DialTargetSource target,
           StreamDecorator decorate, DrainingConnections* draining, absl::BitGenRef random,
           Observer* observer);
  // Requests that wait fail; those in flight go on.
  ~H2Client();

  // Whether a request would go out at once.
  bool ready() const { return current_ != nullptr; }
  // Sends the request, now or as soon as the connection is up; fails it where that fails.
  void Start(PendingRequest* request);
  bool in_use() const {
    return !waiting_.empty() || (current_ != nullptr && current_->active_streams() > 0);
  }

 private:
  void OnClientDraining(http2::ClientConnection* connection) override;
  void OnClientClosed(http2::ClientConnection* connection) override;

  void Connect();
  void OnDialled(absl::StatusOr<std::unique_ptr<net::ByteStream>> stream);
  void ConnectFailed(const absl::Status& status);
  void ConnectAgain();
  void Send(PendingRequest* request);

  static constexpr absl::Duration kShortLived = absl::Seconds(1);

  event::Loop* const loop_;
  const Options options_;
  const DialTargetSource target_;
  const StreamDecorator decorate_;
  DrainingConnections* const draining_;
  Observer* const observer_;
  std::unique_ptr<http2::ClientConnection> current_;
  std::unique_ptr<Dial> dial_;
  Backoff backoff_;
  int64_t connected_at_ns_ = 0;
  event::Timer redial_;
  WaitQueue<PendingRequest> waiting_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_HTTP_H2_CLIENT_H_
