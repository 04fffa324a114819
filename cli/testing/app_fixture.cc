#include "cli/testing/app_fixture.h"

#include <chrono>
#include <sstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "api/destination/v1/destination.grpc.pb.h"
#include "api/viz/v1/viz.grpc.pb.h"
#include "cli/app.h"
#include "cli/output/console.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"

namespace gossamer::cli::testing {
namespace {

namespace destination = io::linkerd::proxy::destination;
namespace viz = linkerd2::viz;

class VizService final : public viz::Api::Service {
 public:
  explicit VizService(FakeViz* fake) : fake_(fake) {}

  grpc::Status StatSummary(grpc::ServerContext*, const viz::StatSummaryRequest* request,
                           viz::StatSummaryResponse* response) override {
    fake_->requests.push_back(request->ShortDebugString());
    *response = fake_->stat;
    return fake_->status;
  }
  grpc::Status SelfCheck(grpc::ServerContext* context, const viz::SelfCheckRequest*,
                         viz::SelfCheckResponse* response) override {
    context->AddInitialMetadata("gossamer-version", fake_->version);
    *response = fake_->checks;
    return fake_->status;
  }
  grpc::Status ListPods(grpc::ServerContext*, const viz::ListPodsRequest* request,
                        viz::ListPodsResponse* response) override {
    fake_->requests.push_back(request->ShortDebugString());
    *response = fake_->pods;
    return fake_->status;
  }

 private:
  FakeViz* const fake_;
};

class DestinationService final : public destination::Destination::Service {
 public:
  explicit DestinationService(const FakeDestination* fake) : fake_(fake) {}

  grpc::Status Get(grpc::ServerContext* context, const destination::GetDestination* request,
                   grpc::ServerWriter<destination::Update>* writer) override {
    if (request->path() == "bad:80") return {grpc::StatusCode::INVALID_ARGUMENT, "no such thing"};
    for (const destination::Update& update : fake_->updates) writer->Write(update);
    while (!context->IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return grpc::Status::OK;
  }

 private:
  const FakeDestination* const fake_;
};

}  // namespace

class AppFixture::Servers {
 public:
  Servers(FakeViz* viz, const FakeDestination* destination) : viz_(viz), destination_(destination) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&viz_);
    builder.RegisterService(&destination_);
    server_ = builder.BuildAndStart();
  }
  ~Servers() { server_->Shutdown(std::chrono::system_clock::now()); }

  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }

 private:
  VizService viz_;
  DestinationService destination_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

AppFixture::AppFixture() : servers_(std::make_unique<Servers>(&viz_, &destination_)) {
  address_ = servers_->address();
}

AppFixture::~AppFixture() = default;

Result AppFixture::Run(std::vector<std::string> args, bool colors) {
  args.insert(args.begin(), {"gossamer", "--api-addr", address_});
  return RunBare(args, colors);
}

Result AppFixture::RunBare(const std::vector<std::string>& args, bool colors) {
  std::vector<const char*> argv;
  argv.reserve(args.size());
  for (const std::string& arg : args) argv.push_back(arg.c_str());
  std::ostringstream out;
  std::ostringstream err;
  Result result;
  result.exit_code =
      RunApp(static_cast<int>(argv.size()), argv.data(), Console{&out, &err, colors});
  result.out = out.str();
  result.err = err.str();
  return result;
}

}  // namespace gossamer::cli::testing
