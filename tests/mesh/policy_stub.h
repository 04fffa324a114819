#ifndef TESTS_MESH_POLICY_STUB_H_
#define TESTS_MESH_POLICY_STUB_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/inbound/v1/inbound.grpc.pb.h"
#include "api/outbound/v1/outbound.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "tests/support/pod.h"

namespace gossamer::mesh_test {

// A policy controller in a pod, for what Gossamer's own does not send: routes of TLS. It stands in
// for Linkerd's, speaks its API to a real proxy, and never changes its mind. Every inbound port is
// left to detection and open to all.
class PolicyStub {
 public:
  // What connections to one address are to be; NotFound where there is nothing to say.
  using Outbound = std::function<grpc::Status(const io::linkerd::proxy::outbound::TrafficSpec&,
                                              io::linkerd::proxy::outbound::OutboundPolicy*)>;

  static constexpr int kPort = 8490;
  // What a workload's proxy_environment needs, so that it asks this.
  static std::vector<std::string> ProxyEnvironment();

  // Serves in `pod`'s network. `outbound` is called on gRPC's threads.
  PolicyStub(harness::Pod* pod, Outbound outbound);
  ~PolicyStub();

 private:
  class InboundService;
  class OutboundService;

  std::unique_ptr<InboundService> inbound_;
  std::unique_ptr<OutboundService> outbound_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace gossamer::mesh_test

#endif  // TESTS_MESH_POLICY_STUB_H_
