// A gRPC client for grpc_test: calls the sample shop's catalog and prints what came of it.
//   grpc_probe ADDRESS unary COUNT      "ok=N failed=M by=v1:N,v2:N"
//   grpc_probe ADDRESS stream COUNT     "items=N code=C"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "examples/shop/v1/shop.grpc.pb.h"

namespace {

namespace shop = gossamer::examples::shop::v1;

// As many at a time: a balancer that weighs load has nothing to weigh in calls one by one.
constexpr int kThreads = 8;

struct UnaryResult {
  int ok = 0;
  int failed = 0;
  std::string reason;
  std::map<std::string, int> by;
};

void CallOne(shop::Catalog::Stub* catalog, UnaryResult* result) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5));
  shop::ListItemsResponse response;
  const grpc::Status status = catalog->ListItems(&context, {}, &response);
  if (status.ok()) {
    ++result->ok;
    ++result->by[response.served_by()];
  } else {
    ++result->failed;
    result->reason = status.error_message();
  }
}

void CallUnary(shop::Catalog::Stub* catalog, int count) {
  std::vector<UnaryResult> results(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = t; i < count; i += kThreads) CallOne(catalog, &results[t]);
    });
  }
  UnaryResult total;
  for (int t = 0; t < kThreads; ++t) {
    threads[t].join();
    total.ok += results[t].ok;
    total.failed += results[t].failed;
    if (!results[t].reason.empty()) total.reason = results[t].reason;
    for (const auto& [version, times] : results[t].by) total.by[version] += times;
  }
  std::cout << "ok=" << total.ok << " failed=" << total.failed << " by=";
  for (const auto& [version, times] : total.by) std::cout << version << ":" << times << ",";
  std::cout << " " << total.reason << std::endl;
}

void CallStream(shop::Catalog::Stub* catalog, int count) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  shop::WatchItemsRequest request;
  request.set_count(count);
  request.set_interval_ms(2);
  const auto reader = catalog->WatchItems(&context, request);
  shop::Item item;
  int items = 0;
  while (reader->Read(&item)) ++items;
  std::cout << "items=" << items << " code=" << reader->Finish().error_code() << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const auto catalog =
      shop::Catalog::NewStub(grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials()));
  const int count = atoi(argv[3]);
  std::string(argv[2]) == "unary" ? CallUnary(catalog.get(), count)
                                  : CallStream(catalog.get(), count);
}
