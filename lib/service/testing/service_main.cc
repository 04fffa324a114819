// A service for runner_test: Destination.Get sends one update and then nothing until it drains or,
// with --stubborn, until its client or the server has had enough.
#include <optional>
#include <string>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "api/destination/v1/destination.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "lib/service/flags.h"
#include "lib/service/runner.h"

namespace {

namespace proto = ::io::linkerd::proxy::destination;

class StreamingService : public proto::Destination::Service {
 public:
  explicit StreamingService(bool stubborn) : stubborn_(stubborn) {}

  grpc::Status Get(grpc::ServerContext* context, const proto::GetDestination* request,
                   grpc::ServerWriter<proto::Update>* writer) override {
    proto::Update update;
    update.mutable_no_endpoints()->set_exists(true);
    writer->Write(update);
    while (!context->IsCancelled()) {
      if (drained_.WaitForNotificationWithTimeout(absl::Milliseconds(5)) && !stubborn_) break;
    }
    return grpc::Status::OK;
  }

  grpc::Status GetProfile(grpc::ServerContext* context, const proto::GetDestination* request,
                          grpc::ServerWriter<proto::DestinationProfile>* writer) override {
    return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "no");
  }

  void EndStreams() { drained_.Notify(); }

 private:
  const bool stubborn_;
  absl::Notification drained_;
};

}  // namespace

int main(int argc, char** argv) {
  namespace service = gossamer::service;
  service::Flags flags({"test-service", "9.9.9", "Serves a test.", "127.0.0.1:0"});
  std::string address = "127.0.0.1:0";
  bool stubborn = false;
  bool unready = false;
  flags.AddListenAddress("--grpc-addr", &address, "Where to serve");
  flags.app().add_flag("--stubborn", stubborn, "Never end a stream");
  flags.app().add_flag("--unready", unready, "Wait for what never comes");
  if (const std::optional<int> exit_code = flags.Parse(argc, argv)) return *exit_code;

  service::Runner runner(&flags);
  StreamingService destination(stubborn);
  if (unready) runner.readiness().Add("what never comes");
  runner.AddGrpc(address, {{proto::Destination::service_full_name(), &destination}});
  runner.AddAdminHandler("/extra", [](const gossamer::AdminServer::Request&) {
    gossamer::AdminServer::Response response;
    response.body = "extra";
    return response;
  });
  runner.OnDrain([&] { destination.EndStreams(); });
  return runner.Run();
}
