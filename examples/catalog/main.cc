// catalog: the sample shop's list of goods, a gRPC back end with a unary and a streaming method.
// Two versions of it run behind one Service; --version-name says which one this is.

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "examples/common/app.h"
#include "examples/shop/v1/shop.grpc.pb.h"

namespace gossamer::examples {
namespace {

constexpr int kItemsMax = 1000;
constexpr int kIntervalMsMax = 10000;

// Version 2 sells one thing more, so that a page shows which version answered.
struct Goods {
  const char* id;
  const char* name;
};
constexpr Goods kGoods[] = {{"thread", "Silk thread"},
                            {"needle", "Needle"},
                            {"lens", "Magnifying lens"},
                            {"loom", "Table loom"}};
constexpr int kGoodsOfVersion1 = 3;

class CatalogService final : public shop::v1::Catalog::Service {
 public:
  CatalogService(const std::string* version, Counters* counters)
      : version_(version), counters_(counters) {}

  void Stop() { stopping_ = true; }

 private:
  grpc::Status ListItems(grpc::ServerContext*, const shop::v1::ListItemsRequest*,
                         shop::v1::ListItemsResponse* response) override {
    for (int i = 0; i < GoodsCount(); ++i) FillItem(i, response->add_items());
    response->set_served_by(*version_);
    return Counted(grpc::Status::OK);
  }

  grpc::Status WatchItems(grpc::ServerContext* context, const shop::v1::WatchItemsRequest* request,
                          grpc::ServerWriter<shop::v1::Item>* writer) override {
    if (request->count() < 1 || request->count() > kItemsMax || request->interval_ms() < 0 ||
        request->interval_ms() > kIntervalMsMax) {
      return Counted(
          {grpc::StatusCode::INVALID_ARGUMENT,
           absl::StrCat("count must be 1 to ", kItemsMax, ", interval_ms 0 to ", kIntervalMsMax)});
    }
    for (int i = 0; i < request->count(); ++i) {
      if (i > 0) std::this_thread::sleep_for(std::chrono::milliseconds(request->interval_ms()));
      if (stopping_) return Counted({grpc::StatusCode::UNAVAILABLE, "catalog is stopping"});
      shop::v1::Item item;
      FillItem(i % GoodsCount(), &item);
      if (context->IsCancelled() || !writer->Write(item)) {
        return Counted({grpc::StatusCode::CANCELLED, "nobody reads on"});
      }
    }
    return Counted(grpc::Status::OK);
  }

  int GoodsCount() const {
    return *version_ == "v1" ? kGoodsOfVersion1 : static_cast<int>(std::size(kGoods));
  }

  static void FillItem(int index, shop::v1::Item* item) {
    item->set_id(kGoods[index].id);
    item->set_name(kGoods[index].name);
  }

  grpc::Status Counted(grpc::Status status) {
    counters_->Add(absl::StrCat("served.grpc.", static_cast<int>(status.error_code())));
    return status;
  }

  const std::string* const version_;  // Set by a flag, before the server starts.
  Counters* const counters_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace
}  // namespace gossamer::examples

int main(int argc, char** argv) {
  using gossamer::examples::App;
  App app("catalog", "The sample shop's catalog, a gRPC back end.");
  int port = 7001;
  std::string version = "v1";
  app.flags().add_option("--port", port, "gRPC port")->capture_default_str();
  app.flags()
      .add_option("--version-name", version, "Which version of the catalog to be: v1 or v2")
      ->check(CLI::IsMember({"v1", "v2"}))
      ->capture_default_str();

  gossamer::examples::CatalogService service(&version, &app.counters());
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
      [&] {
        service.Stop();
        server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(2));
      });
}
