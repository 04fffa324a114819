#include "proxy/transport/forward_deadline.h"

#include <cerrno>
#include <memory>

#include "gtest/gtest.h"
#include "lib/net/testing/fake_byte_stream.h"
#include "lib/net/testing/loopback.h"

namespace gossamer::proxy {
namespace {

using net::testing::FakeByteStream;
using net::testing::FakePeer;

// Looks until the limit is reached; how much later than `meter` was last told of a change.
absl::Duration UntilLimit(QuietMeter* meter, uint64_t bytes, bool half_closed) {
  absl::Duration passed;
  do {
    passed += meter->interval();
  } while (!meter->Look(bytes, half_closed) && passed < absl::Hours(1000));
  return passed;
}

TEST(QuietMeterTest, LimitsAreKeptToAQuarterOfTheShorterOne) {
  QuietMeter meter({.idle = absl::Hours(10), .half_closed = absl::Hours(1)});
  EXPECT_EQ(meter.interval(), absl::Minutes(15));
  EXPECT_EQ(UntilLimit(&meter, 0, false), absl::Hours(10));
}

TEST(QuietMeterTest, AByteBeginsTheTimeAnew) {
  QuietMeter meter({.idle = absl::Hours(2), .half_closed = absl::Hours(1)});
  uint64_t bytes = 0;
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(meter.Look(++bytes, false));
  EXPECT_EQ(UntilLimit(&meter, bytes, false), absl::Hours(2));
}

TEST(QuietMeterTest, AnEndBeginsTheTimeAnewWithItsOwnLimit) {
  QuietMeter meter({.idle = absl::Hours(10), .half_closed = absl::Hours(1)});
  for (int i = 0; i < 39; ++i) EXPECT_FALSE(meter.Look(0, false));
  EXPECT_FALSE(meter.Look(0, true));
  EXPECT_EQ(UntilLimit(&meter, 0, true), absl::Hours(1));
}

TEST(QuietMeterTest, InfiniteIsForEver) {
  QuietMeter half({.idle = absl::InfiniteDuration(), .half_closed = absl::Hours(1)});
  for (int i = 0; i < 10'000; ++i) ASSERT_FALSE(half.Look(0, false));
  EXPECT_FALSE(half.Look(0, true));
  EXPECT_EQ(UntilLimit(&half, 0, true), absl::Hours(1));
  QuietMeter both({.idle = absl::InfiniteDuration(), .half_closed = absl::InfiniteDuration()});
  EXPECT_EQ(both.interval(), absl::InfiniteDuration());
}

TEST(ForwardDeadlineTest, ResetsAConnectionThatIsQuiet) {
  auto loop = *event::Loop::Create();
  FakePeer client;
  FakePeer server;
  int error = 0;
  std::unique_ptr<ForwardDeadline> deadline;
  TcpForward forward(loop.get(), std::make_unique<FakeByteStream>(&client),
                     std::make_unique<FakeByteStream>(&server), {}, [&](int e) { error = e; });
  deadline = std::make_unique<ForwardDeadline>(
      loop.get(),
      ForwardLimits{.idle = absl::InfiniteDuration(), .half_closed = absl::Milliseconds(40)},
      &forward);
  client.End();
  EXPECT_TRUE(net::testing::RunUntil(loop.get(), [&] { return error != 0; }));
  EXPECT_EQ(error, ETIMEDOUT);
  EXPECT_TRUE(client.reset_on_close && server.reset_on_close);
  forward.Abort(EIO);
  EXPECT_EQ(error, ETIMEDOUT) << "told twice";
}

}  // namespace
}  // namespace gossamer::proxy
