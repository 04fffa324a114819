#ifndef PROXY_HTTP_H1_POOL_H_
#define PROXY_HTTP_H1_POOL_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/event/loop.h"
#include "lib/http/http1/client_connection.h"
#include "proxy/http/idle_limit.h"
#include "proxy/http/upstream.h"
#include "proxy/transport/dial.h"

namespace gossamer::proxy {

// HTTP/1 connections to one endpoint: as many as there are requests in flight, kept for a while for
// the next ones, the most recently used first.
class H1Pool final : private http1::ClientConnection::Observer {
 public:
  struct Options {
    uint64_t max_idle = 10'000;
    // Less where the server's own is known to be less (IdleLimit).
    absl::Duration idle_timeout = absl::Seconds(3);
    http1::HeadLimits limits;
  };

  H1Pool(event::Loop* loop, Options options, DialTargetSource target, StreamDecorator decorate);
  // Ends idle connections. Requests in flight are reset, those that wait fail.
  ~H1Pool();

  // Sends the request on an idle connection, or on a new one as soon as it is there.
  void Start(PendingRequest* request);
  // True where nothing is connected, connecting or waiting.
  bool unused() const { return busy_.empty() && idle_.empty() && dials_.empty(); }

 private:
  struct Idle {
    std::unique_ptr<http1::ClientConnection> connection;
    int64_t since_ns;
  };

  // A server's end of an idle connection may have come without our having looked yet. We look
  // before we use one again, except where it was in use a moment ago.
  static constexpr absl::Duration kLookAfter = absl::Milliseconds(5);

  void OnClientIdle(http1::ClientConnection* connection) override;
  void OnClientClosed(http1::ClientConnection* connection) override;
  void StartDial();
  void OnDialled(Dial* dial, absl::StatusOr<std::unique_ptr<net::ByteStream>> stream);
  // False where the connection could not carry it; the request has been told.
  bool Send(std::unique_ptr<http1::ClientConnection> connection, PendingRequest* request);
  void Keep(std::unique_ptr<http1::ClientConnection> connection);
  bool Reusable(const Idle& idle);
  absl::Duration IdleFor(const Idle& idle) const;
  void LearnTimeout(absl::Duration timeout);
  void CloseExpired();

  event::Loop* const loop_;
  const Options options_;
  const DialTargetSource target_;
  const StreamDecorator decorate_;
  std::vector<Idle> idle_;  // Oldest first.
  IdleLimit idle_limit_;
  absl::flat_hash_map<http1::ClientConnection*, std::unique_ptr<http1::ClientConnection>> busy_;
  absl::flat_hash_map<Dial*, std::unique_ptr<Dial>> dials_;
  WaitQueue<PendingRequest> waiting_;
  event::Timer expiry_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_HTTP_H1_POOL_H_
