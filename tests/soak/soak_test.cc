// The soak, as short as it can be and still see each kind of traffic and of churn.

#include "tests/soak/soak.h"

#include "gtest/gtest.h"

namespace gossamer::soak {
namespace {

TEST(SoakTest, EndsAsItBegan) {
  Options options;
  options.duration = absl::Seconds(12);
  options.warm_up = absl::Seconds(6);
  options.churn_interval = absl::Seconds(1);
  options.report_interval = absl::Seconds(3);
  EXPECT_TRUE(RunSoak(options));
}

}  // namespace
}  // namespace gossamer::soak
