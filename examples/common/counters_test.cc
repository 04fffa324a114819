#include "examples/common/counters.h"

#include "gtest/gtest.h"

namespace gossamer::examples {
namespace {

TEST(CountersTest, StartsEmpty) { EXPECT_EQ(Counters().ToJson(), "{}\n"); }

TEST(CountersTest, AddsUpByName) {
  Counters counters;
  counters.Add("served.http.503");
  counters.Add("served.http.200");
  counters.Add("served.http.200");
  counters.Add("served.bytes_read", 40);
  EXPECT_EQ(counters.ToJson(),
            "{\"served.bytes_read\": 40, \"served.http.200\": 2, \"served.http.503\": 1}\n");
}

}  // namespace
}  // namespace gossamer::examples
