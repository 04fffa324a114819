// web: the sample shop's front end. HTTP/1.1 in, gRPC to catalog and pricing out.
//
//   GET /                 an HTML page
//   GET /api/items        the catalog as JSON
//   GET /api/items/ID     one item with its price; 503 where pricing fails
//   GET /api/stream       items as they come from catalog's stream: one JSON object a line, chunked

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "examples/common/app.h"
#include "examples/shop/v1/shop.grpc.pb.h"
#include "httplib.h"

namespace gossamer::examples {
namespace {

constexpr auto kDeadline = std::chrono::seconds(5);
constexpr int kThreads = 32;
constexpr int kStreamedItems = 5;

class Web {
 public:
  explicit Web(Counters* counters) : counters_(counters) {}

  // Calls are made at the first request: nothing is asked of a back end that is still starting.
  std::string Start(int port, const std::string& catalog, const std::string& pricing) {
    catalog_ = shop::v1::Catalog::NewStub(
        grpc::CreateChannel(catalog, grpc::InsecureChannelCredentials()));
    pricing_ = shop::v1::Pricing::NewStub(
        grpc::CreateChannel(pricing, grpc::InsecureChannelCredentials()));
    server_.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    server_.set_keep_alive_max_count(1 << 30);
    server_.set_tcp_nodelay(true);
    server_.Get("/", [this](const auto&, auto& response) { GetPage(response); });
    server_.Get("/api/items", [this](const auto&, auto& response) { GetItems(response); });
    server_.Get(R"(/api/items/([a-z]{1,32}))", [this](const auto& request, auto& response) {
      GetItem(request.matches[1].str(), response);
    });
    server_.Get("/api/stream", [this](const auto&, auto& response) { GetStream(response); });
    server_.set_logger([this](const httplib::Request&, const httplib::Response& response) {
      counters_->Add(absl::StrCat("served.http.", response.status));
    });
    if (!server_.bind_to_port("0.0.0.0", port))
      return absl::StrCat("cannot listen on --port ", port);
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    return "";
  }

  void Stop() {
    server_.stop();
    thread_.join();
  }

 private:
  struct Call {
    Call() { context.set_deadline(std::chrono::system_clock::now() + kDeadline); }
    grpc::ClientContext context;
  };

  grpc::Status Counted(absl::string_view backend, grpc::Status status) {
    counters_->Add(absl::StrCat("sent.", backend, ".grpc.", static_cast<int>(status.error_code())));
    return status;
  }

  grpc::Status ListItems(shop::v1::ListItemsResponse* items) {
    Call call;
    return Counted("catalog", catalog_->ListItems(&call.context, {}, items));
  }

  grpc::Status GetPrice(const std::string& id, shop::v1::GetPriceResponse* price) {
    Call call;
    shop::v1::GetPriceRequest request;
    request.set_item_id(id);
    return Counted("pricing", pricing_->GetPrice(&call.context, request, price));
  }

  static void Fail(const grpc::Status& status, httplib::Response& response) {
    response.status = 503;
    response.set_content(absl::StrFormat("{\"error\": \"back end answered with gRPC status %d\"}\n",
                                         status.error_code()),
                         "application/json");
  }

  static std::string ItemJson(const shop::v1::Item& item) {
    return absl::StrFormat("{\"id\": \"%s\", \"name\": \"%s\"}", item.id(), item.name());
  }

  void GetPage(httplib::Response& response) {
    shop::v1::ListItemsResponse items;
    if (const grpc::Status status = ListItems(&items); !status.ok()) return Fail(status, response);
    std::string rows;
    for (const shop::v1::Item& item : items.items()) {
      absl::StrAppend(&rows, "<tr><td>", item.name(), "</td><td><a href=\"/api/items/", item.id(),
                      "\">price</a></td></tr>\n");
    }
    response.set_content(
        absl::StrCat("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                     "<title>Gossamer sample shop</title></head>\n<body><h1>Sample shop</h1>\n"
                     "<table>\n",
                     rows, "</table>\n<p>Catalog ", items.served_by(),
                     " answered. Reload the page: the mesh balances every request.</p>\n"
                     "<p><a href=\"/api/items\">items</a> <a href=\"/api/stream\">stream</a></p>"
                     "</body></html>\n"),
        "text/html; charset=utf-8");
  }

  void GetItems(httplib::Response& response) {
    shop::v1::ListItemsResponse items;
    if (const grpc::Status status = ListItems(&items); !status.ok()) return Fail(status, response);
    std::string list;
    for (const shop::v1::Item& item : items.items()) {
      absl::StrAppend(&list, list.empty() ? "" : ", ", ItemJson(item));
    }
    response.set_content(
        absl::StrCat("{\"catalog\": \"", items.served_by(), "\", \"items\": [", list, "]}\n"),
        "application/json");
  }

  void GetItem(const std::string& id, httplib::Response& response) {
    shop::v1::GetPriceResponse price;
    if (const grpc::Status status = GetPrice(id, &price); !status.ok()) {
      return Fail(status, response);
    }
    response.set_content(absl::StrFormat("{\"id\": \"%s\", \"price\": %.2f}\n", id,
                                         static_cast<double>(price.price_cents()) / 100),
                         "application/json");
  }

  void GetStream(httplib::Response& response) {
    // The whole stream is read here and sent on in chunks, one an item.
    Call call;
    shop::v1::WatchItemsRequest request;
    request.set_count(kStreamedItems);
    auto reader = catalog_->WatchItems(&call.context, request);
    auto lines = std::make_shared<std::vector<std::string>>();
    shop::v1::Item item;
    while (reader->Read(&item)) lines->push_back(ItemJson(item) + "\n");
    if (const grpc::Status status = Counted("catalog", reader->Finish()); !status.ok()) {
      return Fail(status, response);
    }
    auto next = std::make_shared<size_t>(0);
    response.set_chunked_content_provider("application/x-ndjson",
                                          [lines, next](size_t, httplib::DataSink& sink) {
                                            if (*next == lines->size()) {
                                              sink.done();
                                              return true;
                                            }
                                            const std::string& line = (*lines)[(*next)++];
                                            return sink.write(line.data(), line.size());
                                          });
  }

  Counters* const counters_;
  std::unique_ptr<shop::v1::Catalog::Stub> catalog_;
  std::unique_ptr<shop::v1::Pricing::Stub> pricing_;
  httplib::Server server_;
  std::thread thread_;
};

}  // namespace
}  // namespace gossamer::examples

int main(int argc, char** argv) {
  using gossamer::examples::App;
  App app("web", "The sample shop's front end: HTTP/1.1 in, gRPC out.");
  int port = 8080;
  std::string catalog = "catalog.shop.svc.cluster.local:7001";
  std::string pricing = "pricing.shop.svc.cluster.local:7002";
  app.flags().add_option("--port", port, "HTTP port")->capture_default_str();
  app.flags().add_option("--catalog", catalog, "Address of the catalog")->capture_default_str();
  app.flags().add_option("--pricing", pricing, "Address of the prices")->capture_default_str();

  gossamer::examples::Web web(&app.counters());
  return app.Run(
      argc, argv, [&] { return web.Start(port, catalog, pricing); }, [&] { web.Stop(); });
}
