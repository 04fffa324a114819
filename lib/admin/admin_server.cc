#include "lib/admin/admin_server.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <exception>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "httplib.h"
#include "lib/admin/bounded_task_queue.h"
#include "lib/log/log.h"
#include "lib/status/annotate.h"

namespace gossamer {
namespace {

constexpr size_t kThreads = 4;
constexpr size_t kWaitingConnectionsMax = 32;
constexpr size_t kBodyBytesMax = 64 * 1024;
constexpr int kIoTimeoutSeconds = 2;
constexpr char kLogLevelPath[] = "/log-level";
constexpr char kPlainText[] = "text/plain; charset=utf-8";

void Reply(httplib::Response& response, AdminServer::Response reply) {
  response.status = reply.status;
  response.set_content(std::move(reply.body), reply.content_type);
}

void ReplyText(httplib::Response& response, int status, absl::string_view text) {
  Reply(response, {status, kPlainText, absl::StrCat(text, "\n")});
}

bool IsLocal(const httplib::Request& request) {
  const absl::StatusOr<net::IpAddress> ip = net::IpAddress::Parse(request.remote_addr);
  return ip.ok() && ip->IsLoopback();
}

// The library reads a body without a length until its end, however long it is.
bool HasBoundedBody(const httplib::Request& request) {
  uint64_t length = 0;
  return !request.has_header("Transfer-Encoding") &&
         absl::SimpleAtoi(request.get_header_value("Content-Length"), &length) &&
         length <= kBodyBytesMax;
}

void PutLogLevel(const httplib::Request& request, httplib::Response& response) {
  const absl::Status status = log::SetFilter(absl::StripAsciiWhitespace(request.body));
  if (!status.ok()) {
    return ReplyText(response, 400, {status.message().data(), status.message().size()});
  }
  GOSSAMER_LOG(kInfo, "admin", "log level changed", {"filter", log::FilterText()});
  response.status = 204;
}

}  // namespace

struct AdminServer::Impl {
  using Handled = httplib::Server::HandlerResponse;

  explicit Impl(Options options);

  // Answers the request, or leaves it to the PUT handler, which alone reads a body.
  Handled Route(const httplib::Request& request, httplib::Response& response) const;
  Handled RouteLogLevel(const httplib::Request& request, httplib::Response& response) const;

  std::map<std::string, Handler> handlers;
  httplib::Server server;
  std::thread thread;
};

AdminServer::Impl::Impl(Options options) : handlers(std::move(options.handlers)) {
  handlers.try_emplace("/live", [](const Request&) { return Response{.body = "live\n"}; });
  handlers.try_emplace("/ready", [ready = std::move(options.ready)](const Request&) {
    const bool is_ready = !ready || ready();
    return Response{.status = is_ready ? 200 : 503, .body = is_ready ? "ready\n" : "not ready\n"};
  });
  if (options.metrics) {
    handlers.try_emplace("/metrics", [metrics = std::move(options.metrics)](const Request&) {
      return Response{.content_type = "text/plain; version=0.0.4; charset=utf-8",
                      .body = metrics()};
    });
  }

  server.new_task_queue = [] { return new BoundedTaskQueue(kThreads, kWaitingConnectionsMax); };
  // An idle connection would hold one of the few threads.
  server.set_keep_alive_max_count(1);
  server.set_keep_alive_timeout(kIoTimeoutSeconds);
  server.set_read_timeout(kIoTimeoutSeconds);
  server.set_write_timeout(kIoTimeoutSeconds);
  server.set_payload_max_length(kBodyBytesMax);
  // The library's default, SO_REUSEPORT, would let two processes share the port unnoticed.
  server.set_socket_options([](socket_t fd) {
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  });
  server.set_pre_routing_handler(
      [this](const httplib::Request& request, httplib::Response& response) {
        return Route(request, response);
      });
  server.Put(kLogLevelPath, PutLogLevel);
  server.set_exception_handler(
      [](const httplib::Request& request, httplib::Response& response, std::exception_ptr) {
        GOSSAMER_LOG(kError, "admin", "handler failed", {"path", request.path});
        ReplyText(response, 500, "internal error");
      });
}

AdminServer::Impl::Handled AdminServer::Impl::Route(const httplib::Request& request,
                                                    httplib::Response& response) const {
  const auto handler = handlers.find(request.path);
  if (handler == handlers.end()) {
    if (request.path == kLogLevelPath) return RouteLogLevel(request, response);
    ReplyText(response, 404, "not found");
    return Handled::Handled;
  }
  if (request.method != "GET" && request.method != "HEAD") {
    response.set_header("Allow", "GET, HEAD");
    ReplyText(response, 405, "method not allowed");
    return Handled::Handled;
  }
  Request plain;
  plain.path = request.path;
  plain.query.insert(request.params.begin(), request.params.end());
  plain.is_local = IsLocal(request);
  Reply(response, handler->second(plain));
  return Handled::Handled;
}

AdminServer::Impl::Handled AdminServer::Impl::RouteLogLevel(const httplib::Request& request,
                                                            httplib::Response& response) const {
  if (!IsLocal(request)) {
    ReplyText(response, 403, "only requests from this machine may see or change the log level");
  } else if (request.method == "PUT" && !HasBoundedBody(request)) {
    ReplyText(response, 411, absl::StrCat("expected a Content-Length of at most ", kBodyBytesMax));
  } else if (request.method == "PUT") {
    return Handled::Unhandled;
  } else if (request.method == "GET" || request.method == "HEAD") {
    ReplyText(response, 200, log::FilterText());
  } else {
    response.set_header("Allow", "GET, HEAD, PUT");
    ReplyText(response, 405, "method not allowed");
  }
  return Handled::Handled;
}

AdminServer::AdminServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

absl::StatusOr<std::unique_ptr<AdminServer>> AdminServer::Start(absl::string_view address,
                                                                Options options) {
  const absl::StatusOr<net::SocketAddress> parsed = net::SocketAddress::Parse(address);
  if (!parsed.ok()) return Annotate(parsed.status(), "admin address");

  std::unique_ptr<AdminServer> admin(new AdminServer(std::make_unique<Impl>(std::move(options))));
  httplib::Server& server = admin->impl_->server;
  const std::string ip = parsed->ip().ToString();
  int port = parsed->port();
  errno = 0;
  if (port == 0) {
    port = server.bind_to_any_port(ip);
  } else if (!server.bind_to_port(ip, port)) {
    port = -1;
  }
  if (port < 0) {
    return absl::UnavailableError(absl::StrCat("admin server: cannot listen on ",
                                               parsed->ToString(), ": ",
                                               errno == 0 ? "failed" : strerror(errno)));
  }
  admin->address_ = net::SocketAddress(parsed->ip(), static_cast<uint16_t>(port));
  admin->impl_->thread = std::thread([&server] {
    if (!server.listen_after_bind()) GOSSAMER_LOG(kError, "admin", "admin server failed");
  });
  // The library's stop() does nothing before its loop has begun.
  while (!server.is_running()) absl::SleepFor(absl::Milliseconds(1));
  return admin;
}

AdminServer::~AdminServer() { Stop(); }

void AdminServer::Stop() {
  impl_->server.stop();
  if (impl_->thread.joinable()) impl_->thread.join();
}

}  // namespace gossamer
