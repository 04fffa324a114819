// The data path does not ask the allocator for anything once it is warm: neither the exchange nor
// its connections, nghttp2 included.

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "lib/buffer/testing/allocation_count.h"
#include "proxy/http/testing/exchange_rig.h"

namespace gossamer::proxy {
namespace {

using testing::ExchangeRig;
using testing::Protocol;

constexpr int kWarmUps = 50;
constexpr int kRounds = 200;

// Of one request, when all pools are filled.
double AllocationsPerRequest(const ExchangeRig::Options& options) {
  ExchangeRig rig(options);
  for (int i = 0; i < kWarmUps; ++i) rig.RunOnce();
  const size_t served = rig.served();
  const uint64_t before = gossamer::testing::AllocationCount();
  for (int i = 0; i < kRounds; ++i) rig.RunOnce();
  const uint64_t after = gossamer::testing::AllocationCount();
  const size_t requests = kRounds * static_cast<size_t>(options.concurrency);
  EXPECT_EQ(rig.served() - served, requests);
  return static_cast<double>(after - before) / static_cast<double>(requests);
}

struct Path {
  const char* name;
  Protocol client;
  Protocol server;
};

class ExchangeAllocationTest : public ::testing::TestWithParam<Path> {
 protected:
  double Allocations(int concurrency, const http::testing::CallShape& shape) {
    return AllocationsPerRequest({GetParam().client, GetParam().server, concurrency, shape});
  }
};

TEST_P(ExchangeAllocationTest, RequestsAllocateNothing) {
  const std::string body(128, 'x');
  for (const int concurrency : {1, 16, 32}) {
    EXPECT_EQ(Allocations(concurrency, {"", body}), 0) << "GET, " << concurrency << " at once";
    EXPECT_EQ(Allocations(concurrency, {body, body}), 0) << "POST, " << concurrency << " at once";
  }
}

TEST_P(ExchangeAllocationTest, BodiesOfManyBlocksAllocateNothing) {
  const std::string body(100'000, 'x');
  EXPECT_EQ(Allocations(1, {body, body}), 0);
}

TEST(ExchangeAllocationGrpcTest, CallsAllocateNothing) {
  const std::string message(1029, 'x');
  EXPECT_EQ(AllocationsPerRequest(
                {Protocol::kHttp2, Protocol::kHttp2, 16, {message, message, /*grpc=*/true}}),
            0);
}

INSTANTIATE_TEST_SUITE_P(All, ExchangeAllocationTest,
                         ::testing::ValuesIn(std::vector<Path>{
                             {"Http1ToHttp1", Protocol::kHttp1, Protocol::kHttp1},
                             {"Http1ToHttp2", Protocol::kHttp1, Protocol::kHttp2},
                             {"Http2ToHttp1", Protocol::kHttp2, Protocol::kHttp1},
                             {"Http2ToHttp2", Protocol::kHttp2, Protocol::kHttp2}}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace gossamer::proxy
