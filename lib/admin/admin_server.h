#ifndef LIB_ADMIN_ADMIN_SERVER_H_
#define LIB_ADMIN_ADMIN_SERVER_H_

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/net/ip.h"

namespace gossamer {

// The HTTP/1.1 server on a service's admin port:
//
//   /live          200 "live" for as long as the process serves
//   /ready         200 "ready", or 503 "not ready" as Options::ready says
//   /metrics       200 with what Options::metrics returns, in Prometheus's text format
//   /log-level     GET tells the log filter, PUT replaces it; from loopback addresses only
//   any of Options::handlers
//
// GET and HEAD only, except for /log-level; 404 for every other path.
//
// Owned by main(). Handlers run on the server's own threads, several at a time. Bounded: threads,
// waiting connections, size of a request, time for a read or a write, one request a connection.
class AdminServer {
 public:
  struct Request {
    std::string path;
    std::multimap<std::string, std::string> query;
    bool is_local = false;  // From a loopback address.
  };
  struct Response {
    int status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
  };
  using Handler = std::function<Response(const Request&)>;

  struct Options {
    // Must be safe to call from several threads. Without it /ready is always 200.
    std::function<bool()> ready;
    // Likewise. Without it /metrics is a 404.
    std::function<std::string()> metrics;
    // By exact path, such as "/ping"; they win over the server's own.
    std::map<std::string, Handler> handlers;
  };

  // Listens on `address`, an IP address with a port ("0.0.0.0:9996", "[::]:0"), and serves until
  // stopped. Port 0 takes a free one. An error names the address.
  static absl::StatusOr<std::unique_ptr<AdminServer>> Start(absl::string_view address,
                                                            Options options);

  // Stops.
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  // The address it listens on, with the port taken.
  const net::SocketAddress& address() const { return address_; }

  // Refuses new connections and waits for requests in progress. May be called again; not from a
  // handler.
  void Stop();

 private:
  struct Impl;

  explicit AdminServer(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
  net::SocketAddress address_;
};

}  // namespace gossamer

#endif  // LIB_ADMIN_ADMIN_SERVER_H_
