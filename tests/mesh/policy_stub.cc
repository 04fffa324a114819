#include "tests/mesh/policy_stub.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace gossamer::mesh_test {
namespace {

namespace inbound = io::linkerd::proxy::inbound;
namespace outbound = io::linkerd::proxy::outbound;

// A watch says what it has to say and then stays open.
void AwaitEnd(grpc::ServerContext* context) {
  while (!context->IsCancelled()) absl::SleepFor(absl::Milliseconds(20));
}

}  // namespace

class PolicyStub::InboundService final : public inbound::InboundServerPolicies::Service {
 public:
  grpc::Status WatchPort(grpc::ServerContext* context, const inbound::PortSpec*,
                         grpc::ServerWriter<inbound::Server>* writer) override {
    inbound::Server server;
    (*server.mutable_labels())["name"] = "stub";
    server.mutable_protocol()->mutable_detect()->mutable_timeout()->set_seconds(10);
    inbound::Authz* authz = server.add_authorizations();
    authz->mutable_metadata()->set_default_("all");
    authz->add_networks()->mutable_net()->mutable_ip()->set_ipv4(0);
    authz->mutable_authentication()->mutable_unauthenticated();
    writer->Write(server);
    AwaitEnd(context);
    return grpc::Status::OK;
  }
};

class PolicyStub::OutboundService final : public outbound::OutboundPolicies::Service {
 public:
  explicit OutboundService(Outbound answer) : answer_(std::move(answer)) {}

  grpc::Status Watch(grpc::ServerContext* context, const outbound::TrafficSpec* target,
                     grpc::ServerWriter<outbound::OutboundPolicy>* writer) override {
    outbound::OutboundPolicy policy;
    const grpc::Status status = answer_(*target, &policy);
    if (!status.ok()) return status;
    writer->Write(policy);
    AwaitEnd(context);
    return status;
  }

 private:
  const Outbound answer_;
};

std::vector<std::string> PolicyStub::ProxyEnvironment() {
  return {absl::StrCat("LINKERD2_PROXY_POLICY_SVC_ADDR=127.0.0.1:", kPort),
          "LINKERD2_PROXY_POLICY_SVC_NAME="};
}

PolicyStub::PolicyStub(harness::Pod* pod, Outbound outbound)
    : inbound_(std::make_unique<InboundService>()),
      outbound_(std::make_unique<OutboundService>(std::move(outbound))) {
  pod->net().Run([&] {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(absl::StrCat("127.0.0.1:", kPort), grpc::InsecureServerCredentials());
    builder.RegisterService(inbound_.get());
    builder.RegisterService(outbound_.get());
    server_ = builder.BuildAndStart();
  });
  EXPECT_NE(server_, nullptr);
}

PolicyStub::~PolicyStub() {
  if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
}

}  // namespace gossamer::mesh_test
