#include "lib/service/grpc_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/health_check_service_interface.h"
#include "lib/service/call_metrics.h"
#include "lib/status/status_macros.h"

namespace gossamer::service {
namespace {

constexpr int kMessageBytesMax = 4 * 1024 * 1024;
// Proxies send a PING every 10 s, open streams or not; gRPC's default would call that an abuse.
constexpr int kPingIntervalMinMs = 5'000;
// A client that is gone without a word frees its streams after 30 s + 10 s.
constexpr int kKeepaliveIntervalMs = 30'000;
constexpr int kKeepaliveTimeoutMs = 10'000;

// gRPC has both as switches of the process.
void EnablePlugins() {
  static std::once_flag once;
  std::call_once(once, [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  });
}

// Why nothing can listen on `address`. gRPC only says that it could not.
absl::Status ListenError(const net::SocketAddress& address) {
  sockaddr_storage storage;
  const socklen_t size = address.ToSockaddr(&storage);
  const int fd = socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int error = 0;
  const int on = 1;
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
      bind(fd, reinterpret_cast<const sockaddr*>(&storage), size) != 0 || listen(fd, 1) != 0) {
    error = errno;
  }
  if (fd >= 0) close(fd);
  const std::string what = absl::StrCat("listen on ", address.ToString());
  if (error == 0) return absl::UnavailableError(absl::StrCat(what, ": failed"));
  return absl::ErrnoToStatus(error, what);
}

void Configure(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMessageBytesMax);
  // An address is one server's alone: a second one is to fail, not to take half of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kPingIntervalMinMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveIntervalMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(const std::string& address,
                                                              const Options& options) {
  GOSSAMER_ASSIGN_OR_RETURN(const net::SocketAddress wanted, net::SocketAddress::Parse(address));
  EnablePlugins();
  grpc::ServerBuilder builder;
  Configure(builder);
  int port = 0;
  builder.AddListeningPort(wanted.ToString(), grpc::InsecureServerCredentials(), &port);
  std::vector<std::string> names;
  for (const NamedGrpcService& service : options.services) {
    names.push_back(service.name);
    builder.RegisterService(service.service);
  }
  if (options.registry != nullptr) {
    std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> creators;
    creators.push_back(NewCallMetricsFactory(names, options.registry));
    builder.experimental().SetInterceptorCreators(std::move(creators));
  }
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port <= 0) return ListenError(wanted);
  const net::SocketAddress bound(wanted.ip(), static_cast<uint16_t>(port));
  std::unique_ptr<GrpcServer> result(new GrpcServer(std::move(names), bound, std::move(server)));
  result->SetServing(false);
  return result;
}

GrpcServer::GrpcServer(std::vector<std::string> names, net::SocketAddress address,
                       std::unique_ptr<grpc::Server> server)
    : names_(std::move(names)), address_(address), server_(std::move(server)) {}

GrpcServer::~GrpcServer() { Shutdown(absl::ZeroDuration()); }

void GrpcServer::SetServing(bool serving) {
  grpc::HealthCheckServiceInterface* health = server_->GetHealthCheckService();
  health->SetServingStatus(serving);
  for (const std::string& name : names_) health->SetServingStatus(name, serving);
}

void GrpcServer::Shutdown(absl::Duration grace) {
  server_->Shutdown(absl::ToChronoTime(absl::Now() + grace));
}

}  // namespace gossamer::service
