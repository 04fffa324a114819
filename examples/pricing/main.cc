// pricing: what the sample shop's goods cost, a gRPC back end that fails a share of its requests
// on purpose, so that there is something to see in the mesh's success rates.

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "examples/common/app.h"
#include "examples/shop/v1/shop.grpc.pb.h"

namespace gossamer::examples {
namespace {

class PricingService final : public shop::v1::Pricing::Service {
 public:
  PricingService(const int* fail_percent, Counters* counters)
      : fail_percent_(fail_percent), counters_(counters) {}

 private:
  grpc::Status GetPrice(grpc::ServerContext*, const shop::v1::GetPriceRequest* request,
                        shop::v1::GetPriceResponse* response) override {
    // By turns and not by chance: the share is exact after every hundred requests. 37 shares no
    // factor with 100, which spreads the failures out.
    const int turn = static_cast<int>(requests_.fetch_add(1) % 100) * 37 % 100;
    if (turn < *fail_percent_) {
      return Counted({grpc::StatusCode::UNAVAILABLE, "pricing fails this one on purpose"});
    }
    if (request->item_id().empty()) {
      return Counted({grpc::StatusCode::NOT_FOUND, "nobody sells an item without an id"});
    }
    response->set_price_cents(100 + static_cast<int64_t>(request->item_id().size()) * 35);
    return Counted(grpc::Status::OK);
  }

  grpc::Status Counted(grpc::Status status) {
    counters_->Add(absl::StrCat("served.grpc.", static_cast<int>(status.error_code())));
    return status;
  }

  const int* const fail_percent_;  // Set by a flag, before the server starts.
  Counters* const counters_;
  std::atomic<uint64_t> requests_ = 0;
};

}  // namespace
}  // namespace gossamer::examples

int main(int argc, char** argv) {
  using gossamer::examples::App;
  App app("pricing", "The sample shop's prices, a gRPC back end that fails a share of requests.");
  int port = 7002;
  int fail_percent = 5;
  app.flags().add_option("--port", port, "gRPC port")->capture_default_str();
  app.flags()
      .add_option("--fail-percent", fail_percent, "Share of requests to fail")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();

  gossamer::examples::PricingService service(&fail_percent, &app.counters());
  std::unique_ptr<grpc::Server> server;
  return app.Run(
      argc, argv,
      [&]() -> std::string {
        grpc::ServerBuilder builder;
        int bound = 0;
        builder.AddListeningPort(absl::StrCat("0.0.0.0:", port), grpc::InsecureServerCredentials(),
                                 &bound);
        builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
        builder.RegisterService(&service);
        server = builder.BuildAndStart();
        return server != nullptr && bound != 0 ? ""
                                               : absl::StrCat("cannot listen on --port ", port);
      },
      [&] { server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(2)); });
}
