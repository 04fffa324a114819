#include "proxy/transport/connection_limit.h"

#include <limits>
#include <optional>

#include "gtest/gtest.h"

namespace gossamer::proxy {
namespace {

TEST(ConnectionsPerWorkerTest, LeavesADescriptorForEachClientsServer) {
  for (const uint64_t descriptors : {256, 1024, 65536, 1048576}) {
    for (const int workers : {1, 2, 16}) {
      const int clients = ConnectionsPerWorker(descriptors, workers);
      EXPECT_LT(2 * static_cast<uint64_t>(clients) * workers, descriptors);
    }
  }
  EXPECT_EQ(ConnectionsPerWorker(1024, 1), 480);
  EXPECT_EQ(ConnectionsPerWorker(1024, 2), 240);
}

TEST(ConnectionsPerWorkerTest, ServesSomebodyHoweverFewThereAre) {
  EXPECT_EQ(ConnectionsPerWorker(0, 1), 1);
  EXPECT_EQ(ConnectionsPerWorker(32, 1), 8);
  EXPECT_EQ(ConnectionsPerWorker(32, 64), 1);
}

TEST(ConnectionsPerWorkerTest, TakesAnUnlimitedNumber) {
  EXPECT_GT(ConnectionsPerWorker(std::numeric_limits<uint64_t>::max(), 1), 1 << 20);
}

TEST(ConnectionLimitTest, IsFullWhileAllPlacesAreTaken) {
  ConnectionLimit limit(2);
  EXPECT_FALSE(limit.full());
  ConnectionLimit::Place first(&limit);
  std::optional<ConnectionLimit::Place> second;
  second.emplace(&limit);
  EXPECT_TRUE(limit.full());
  EXPECT_EQ(limit.in_use(), 2);
  second.reset();
  EXPECT_FALSE(limit.full());
}

TEST(ConnectionLimitTest, IsFullWhileMemoryIsShort) {
  ConnectionLimit limit(2);
  limit.set_short_of_memory(true);
  EXPECT_TRUE(limit.full());
  limit.set_short_of_memory(false);
  EXPECT_FALSE(limit.full());
}

}  // namespace
}  // namespace gossamer::proxy
