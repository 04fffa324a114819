#ifndef LIB_SERVICE_GRPC_SERVER_H_
#define LIB_SERVICE_GRPC_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/impl/service_type.h"
#include "grpcpp/server.h"
#include "lib/net/ip.h"
#include "prometheus/registry.h"

namespace gossamer::service {

// A gRPC service and its full name, which health checks ask for:
//
//   {Destination::service_full_name(), &destination_service}
struct NamedGrpcService {
  std::string name;
  grpc::Service* service = nullptr;  // Borrowed; outlives the server.
};

// One gRPC listener of a service, in clear text (the proxy beside it adds mutual TLS), with health
// checking (grpc.health.v1) and reflection.
//
// Owned by main() or a test; gRPC runs the services on threads of its own. Bounds: a message has at
// most 4 MiB, as proxies allow. Clients may send PINGs every 10 s without an open stream, and
// clients that do not answer ours lose their connection.
class GrpcServer {
 public:
  struct Options {
    std::vector<NamedGrpcService> services;
    // Where calls are counted; without it they are not. Outlives the server.
    prometheus::Registry* registry = nullptr;
  };

  // Listens on `address`, an IP address with a port; port 0 takes a free one. Health checks answer
  // NOT_SERVING until SetServing(). An error names the address and what is wrong with it.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const std::string& address,
                                                           const Options& options);

  // Shuts down without grace.
  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  // The address it listens on, with the port taken.
  const net::SocketAddress& address() const { return address_; }

  // What health checks of the server and of each of its services answer. Thread-safe.
  void SetServing(bool serving);

  // Refuses new calls, lets those in progress end until `grace` is over, then cancels them.
  void Shutdown(absl::Duration grace);

 private:
  GrpcServer(std::vector<std::string> names, net::SocketAddress address,
             std::unique_ptr<grpc::Server> server);

  const std::vector<std::string> names_;
  const net::SocketAddress address_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace gossamer::service

#endif  // LIB_SERVICE_GRPC_SERVER_H_
