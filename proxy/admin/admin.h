#ifndef PROXY_ADMIN_ADMIN_H_
#define PROXY_ADMIN_ADMIN_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/event/loop.h"
#include "lib/net/ip.h"
#include "lib/net/socket.h"
#include "lib/tls/context.h"
#include "proxy/transport/acceptor.h"

namespace gossamer::proxy {

class AdminConnection;

// The admin server of port 4191: liveness, readiness, metrics, log level, drain, shutdown. HTTP/1
// and HTTP/2 with prior knowledge, in plaintext or over mesh TLS. Lives on the control thread, so
// that it answers while workers are busy.
class Admin {
 public:
  struct Hooks {
    std::function<bool()> ready;
    std::function<std::string()> metrics;
    std::function<void()> shutdown;
    // How many HTTP connections are being drained; told on the loop, later.
    using OnCount = std::function<void(int connections)>;
    // Has the workload's HTTP connections drained, and closes at `deadline` from now those that are
    // left; infinite for never. Replaces the deadline of an earlier drain.
    std::function<void(absl::Duration deadline, OnCount on_count)> drain;
    std::function<void(OnCount on_count)> count_draining;
    // The certificate of now, for clients whose ClientHello names `server_name`; null for none yet.
    std::function<std::shared_ptr<const tls::Context>()> tls;
    std::string server_name;
  };
  struct Request {
    absl::string_view method;
    absl::string_view path;
    absl::string_view query;  // What follows '?'.
    absl::string_view body;
    bool from_loopback = false;
  };
  struct Response {
    int status = 200;
    std::string body;
    const char* content_type = "text/plain";
    const char* allow = nullptr;  // With 405.
  };

  // Takes an address to listen on; the error names it. With `shutdown_enabled`, POST /shutdown from
  // loopback ends the process.
  static absl::StatusOr<std::unique_ptr<Admin>> Create(event::Loop* loop,
                                                       const net::SocketAddress& address,
                                                       bool shutdown_enabled, Hooks hooks);
  // Closes all connections. Not within a turn of the loop.
  ~Admin();

  using Respond = std::function<void(const Response& response)>;
  // Answers a request, at once or in a later turn of the loop. What `request` points to is read
  // during the call only.
  void Handle(const Request& request, Respond respond) const;

 private:
  friend class AdminConnection;

  Admin(event::Loop* loop, bool shutdown_enabled, Hooks hooks)
      : loop_(loop), shutdown_enabled_(shutdown_enabled), hooks_(std::move(hooks)) {}

  void OnConnection(net::UniqueFd fd, const net::SocketAddress& client);
  Response Answer(const Request& request) const;
  Response LogLevel(const Request& request) const;
  Response Shutdown(const Request& request) const;
  void Drain(const Request& request, Respond respond) const;

  event::Loop* const loop_;
  const bool shutdown_enabled_;
  const Hooks hooks_;
  std::unique_ptr<Acceptor> acceptor_;
  absl::flat_hash_set<AdminConnection*> connections_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_ADMIN_ADMIN_H_
