#include "proxy/admin/admin.h"

#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/config/values.h"
#include "lib/log/log.h"
#include "lib/net/tcp_stream.h"
#include "lib/status/annotate.h"
#include "lib/status/status_macros.h"
#include "proxy/admin/admin_connection.h"

namespace gossamer::proxy {
namespace {

Admin::Response NotLocal() { return {403, "Requests are only permitted from localhost."}; }

Admin::Response MethodNotAllowed(const char* allow) { return {405, "", "text/plain", allow}; }

// Of "deadline=30s"; infinite without.
absl::StatusOr<absl::Duration> ParseDrainQuery(absl::string_view query) {
  if (query.empty()) return absl::InfiniteDuration();
  if (!absl::ConsumePrefix(&query, "deadline=")) {
    return absl::InvalidArgumentError(
        absl::StrCat("unknown parameter in '", query, "': deadline=DURATION is the only one"));
  }
  const absl::StatusOr<absl::Duration> deadline = config::ParseDuration(query);
  if (deadline.ok()) return deadline;
  return absl::InvalidArgumentError(
      absl::StrCat("deadline '", query, "': ", deadline.status().message()));
}

Admin::Response DrainResponse(int connections) {
  return {200, absl::StrCat("{\"draining\":", connections, "}\n"), "application/json"};
}

}  // namespace

absl::StatusOr<std::unique_ptr<Admin>> Admin::Create(event::Loop* loop,
                                                     const net::SocketAddress& address,
                                                     bool shutdown_enabled, Hooks hooks) {
  absl::StatusOr<net::UniqueFd> listener = net::Listen(address, {});
  if (!listener.ok()) return Annotate(listener.status(), "LINKERD2_PROXY_ADMIN_LISTEN_ADDR");
  std::unique_ptr<Admin> admin(new Admin(loop, shutdown_enabled, std::move(hooks)));
  Admin* raw = admin.get();
  GOSSAMER_ASSIGN_OR_RETURN(
      admin->acceptor_, Acceptor::Create(loop, *std::move(listener), {},
                                         [raw](net::UniqueFd fd, const net::SocketAddress& client) {
                                           raw->OnConnection(std::move(fd), client);
                                         }));
  // Probes must be answered when descriptors are out: a proxy that is busy is not dead.
  admin->acceptor_->KeepSpare();
  return admin;
}

Admin::~Admin() {
  const std::vector<AdminConnection*> all(connections_.begin(), connections_.end());
  for (AdminConnection* connection : all) connection->OnServerEnd();
}

void Admin::OnConnection(net::UniqueFd fd, const net::SocketAddress& client) {
  // Scrapers and probes are few; whoever opens more is up to no good.
  constexpr size_t kMaxConnections = 256;
  if (connections_.size() >= kMaxConnections) return;
  auto tcp = net::TcpStream::Create(loop_, std::move(fd));
  if (tcp.ok()) AdminConnection::Start(this, *std::move(tcp), client);
}

void Admin::Handle(const Request& request, Respond respond) const {
  if (request.path == "/drain") return Drain(request, std::move(respond));
  respond(Answer(request));
}

Admin::Response Admin::Answer(const Request& request) const {
  if (request.path == "/live") return {200, "live\n"};
  if (request.path == "/ready") {
    if (hooks_.ready()) return {200, "ready\n"};
    return {503, "not ready\n"};
  }
  if (request.path == "/metrics") {
    return {200, hooks_.metrics(), "text/plain; version=0.0.4; charset=utf-8"};
  }
  if (request.path == "/proxy-log-level") return LogLevel(request);
  if (request.path == "/shutdown") return Shutdown(request);
  return {404, ""};
}

Admin::Response Admin::LogLevel(const Request& request) const {
  if (!request.from_loopback) return NotLocal();
  if (log::IsOff()) return {404, ""};
  if (request.method == "GET") return {200, log::FilterText()};
  if (request.method != "PUT") return MethodNotAllowed("GET, PUT");
  const absl::Status status = log::SetFilter(request.body);
  if (!status.ok()) return {400, std::string(status.message())};
  return {204, ""};
}

Admin::Response Admin::Shutdown(const Request& request) const {
  if (!request.from_loopback) return NotLocal();
  if (request.method != "POST") return MethodNotAllowed("POST");
  if (!shutdown_enabled_) return {404, "shutdown endpoint is not enabled\n"};
  hooks_.shutdown();
  return {200, "shutdown\n"};
}

void Admin::Drain(const Request& request, Respond respond) const {
  if (!request.from_loopback) return respond(NotLocal());
  const auto on_count = [respond](int connections) { respond(DrainResponse(connections)); };
  if (request.method == "GET") return hooks_.count_draining(on_count);
  if (request.method != "POST") return respond(MethodNotAllowed("GET, POST"));
  const absl::StatusOr<absl::Duration> deadline = ParseDrainQuery(request.query);
  if (!deadline.ok()) return respond({400, absl::StrCat(deadline.status().message(), "\n")});
  hooks_.drain(*deadline, on_count);
}

}  // namespace gossamer::proxy
