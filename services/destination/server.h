#ifndef SERVICES_DESTINATION_SERVER_H_
#define SERVICES_DESTINATION_SERVER_H_

#include <memory>
#include <vector>

#include "lib/service/grpc_server.h"
#include "services/destination/settings.h"
#include "services/destination/streams/hub.h"

namespace gossamer::destination {

// The gRPC side of the service: requests become questions to the hub, and streams are answered from
// it, by gRPC's own threads, few of them however many streams there are.
class Server {
 public:
  // Both are borrowed.
  Server(const Settings& settings, Hub* hub);
  ~Server();

  // For the discovery listener and the policy listener.
  std::vector<service::NamedGrpcService> discovery_services();
  std::vector<service::NamedGrpcService> policy_services();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_SERVER_H_
