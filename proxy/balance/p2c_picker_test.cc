#include "proxy/balance/p2c_picker.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "gtest/gtest.h"
#include "proxy/balance/fast_random.h"

namespace gossamer::proxy {
namespace {

using Handle = P2cPicker::Handle;

constexpr int64_t kMs = 1'000'000;

class P2cPickerTest : public ::testing::Test {
 protected:
  std::vector<Handle> AddReady(int count) {
    std::vector<Handle> handles;
    for (int i = 0; i < count; ++i) handles.push_back(picker_.Add(/*ready=*/true, 0));
    return handles;
  }

  // How often each of `handles` is chosen in `picks` requests that end at once.
  std::vector<int> Spread(const std::vector<Handle>& handles, int picks) {
    std::vector<int> chosen(handles.size());
    for (int i = 0; i < picks; ++i) {
      const auto it = std::find(handles.begin(), handles.end(), *picker_.Pick(0));
      ++chosen[it - handles.begin()];
    }
    return chosen;
  }

  FastRandom random_{42};
  P2cPicker picker_{PeakEwma::Options(), &random_};
};

TEST_F(P2cPickerTest, PicksNothingFromNothing) { EXPECT_FALSE(picker_.Pick(0).has_value()); }

TEST_F(P2cPickerTest, PicksTheOnlyReadyOne) {
  const std::vector<Handle> handles = AddReady(3);
  picker_.SetReady(handles[0], false);
  picker_.SetReady(handles[2], false);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(picker_.Pick(0), handles[1]);
  picker_.SetReady(handles[1], false);
  EXPECT_FALSE(picker_.Pick(0).has_value());
}

TEST_F(P2cPickerTest, SpreadsEvenlyOverEqualEndpoints) {
  const std::vector<Handle> handles = AddReady(10);
  for (const int chosen : Spread(handles, 100'000)) EXPECT_NEAR(chosen, 10'000, 500);
}

TEST_F(P2cPickerTest, AlwaysAvoidsTheWorseOfTwo) {
  const std::vector<Handle> handles = AddReady(2);
  picker_.OnSample(handles[0], 100 * kMs, 0);
  EXPECT_EQ(Spread(handles, 1000), (std::vector<int>{0, 1000}));
}

// The worst is chosen only if it is drawn twice, and it never is; the best always when drawn.
TEST_F(P2cPickerTest, GivesEachItsShareByRank) {
  const std::vector<Handle> handles = AddReady(4);
  for (int i = 0; i < 4; ++i) picker_.OnSample(handles[i], (100 + i) * kMs, 0);
  const std::vector<int> chosen = Spread(handles, 60'000);
  EXPECT_NEAR(chosen[0], 30'000, 600);
  EXPECT_NEAR(chosen[1], 20'000, 600);
  EXPECT_NEAR(chosen[2], 10'000, 600);
  EXPECT_EQ(chosen[3], 0);
}

TEST_F(P2cPickerTest, WeighsRttByRequestsInFlight) {
  const std::vector<Handle> handles = AddReady(2);
  picker_.OnStart(handles[0]);
  EXPECT_DOUBLE_EQ(picker_.Load(handles[0], 0), 60.0 * kMs);
  EXPECT_EQ(picker_.Pick(0), handles[1]);
  picker_.OnStart(handles[1]);
  picker_.OnStart(handles[1]);
  EXPECT_EQ(picker_.Pick(0), handles[0]);
  picker_.OnEnd(handles[0]);
  EXPECT_DOUBLE_EQ(picker_.Load(handles[0], 0), 30.0 * kMs);
}

// A tenth as fast should get about a tenth of what is in flight, and does not starve.
TEST_F(P2cPickerTest, MovesLoadToTheFasterEndpoints) {
  const std::vector<Handle> handles = AddReady(2);
  const int64_t rtt[] = {20 * kMs, 2 * kMs};
  struct Request {
    int64_t end;
    int64_t start;
    int endpoint;
  };
  std::vector<Request> open;
  int served[2] = {0, 0};
  for (int64_t now = 0; now < 20'000 * kMs; now += kMs / 2) {
    for (size_t i = 0; i < open.size();) {
      if (open[i].end > now) {
        ++i;
        continue;
      }
      picker_.OnEnd(handles[open[i].endpoint]);
      picker_.OnSample(handles[open[i].endpoint], now - open[i].start, now);
      open[i] = open.back();
      open.pop_back();
    }
    const int endpoint = *picker_.Pick(now) == handles[0] ? 0 : 1;
    picker_.OnStart(handles[endpoint]);
    ++served[endpoint];
    open.push_back({now + rtt[endpoint], now, endpoint});
  }
  EXPECT_GT(served[1], 5 * served[0]);
  EXPECT_GT(served[0], 100);
}

TEST_F(P2cPickerTest, ReturnsToAnEndpointWhosePenaltyHasFaded) {
  const std::vector<Handle> handles = AddReady(2);
  picker_.OnPenalty(handles[0], 5'000 * kMs, 0);
  EXPECT_EQ(Spread(handles, 100)[0], 0);
  // The other one answers in 10 ms all the time.
  int64_t now = 0;
  while (*picker_.Pick(now) != handles[0] && now < 1'000'000 * kMs) {
    picker_.OnSample(handles[1], 10 * kMs, now += 100 * kMs);
  }
  EXPECT_NEAR(static_cast<double>(now), 10'000 * kMs * std::log(500), 2'000 * kMs);
}

TEST_F(P2cPickerTest, IgnoresHandlesOfRemovedEndpoints) {
  const Handle old = picker_.Add(/*ready=*/true, 0);
  picker_.OnStart(old);
  picker_.Remove(old);
  EXPECT_EQ(picker_.size(), 0u);
  const Handle next = picker_.Add(/*ready=*/true, 0);
  EXPECT_EQ(next.index, old.index);
  picker_.OnStart(next);
  picker_.OnEnd(old);
  picker_.OnSample(old, 1000 * kMs, 0);
  picker_.SetReady(old, false);
  picker_.Remove(old);
  EXPECT_EQ(picker_.in_flight(next), 1u);
  EXPECT_DOUBLE_EQ(picker_.Load(next, 0), 60.0 * kMs);
  EXPECT_TRUE(picker_.is_ready(next));
  EXPECT_EQ(picker_.size(), 1u);
  picker_.SetReady(Handle{7, 1}, true);
  picker_.SetReady(Handle{}, true);
  EXPECT_EQ(picker_.ready_count(), 1u);
}

TEST_F(P2cPickerTest, CountsAnEndWithoutAStartAsNothing) {
  const Handle handle = picker_.Add(/*ready=*/true, 0);
  picker_.OnEnd(handle);
  EXPECT_EQ(picker_.in_flight(handle), 0u);
}

// Random calls beside a plain list that does the same.
TEST_F(P2cPickerTest, AgreesWithAPlainListAfterAnyCalls) {
  struct Plain {
    Handle handle;
    bool ready;
  };
  std::vector<Plain> plain;
  for (int step = 0; step < 50'000; ++step) {
    const uint32_t action = random_.Below(10);
    if (plain.empty() || (action < 3 && plain.size() < 200)) {
      const bool ready = random_.Below(2) == 0;
      plain.push_back({picker_.Add(ready, 0), ready});
    } else if (action < 5) {
      const size_t at = random_.Below(static_cast<uint32_t>(plain.size()));
      picker_.Remove(plain[at].handle);
      plain[at] = plain.back();
      plain.pop_back();
    } else {
      Plain& entry = plain[random_.Below(static_cast<uint32_t>(plain.size()))];
      entry.ready = random_.Below(2) == 0;
      picker_.SetReady(entry.handle, entry.ready);
    }
    size_t ready = 0;
    for (const Plain& entry : plain) {
      ready += entry.ready;
      ASSERT_EQ(picker_.is_ready(entry.handle), entry.ready);
    }
    ASSERT_EQ(picker_.size(), plain.size());
    ASSERT_EQ(picker_.ready_count(), ready);
    const absl::optional<Handle> picked = picker_.Pick(0);
    ASSERT_EQ(picked.has_value(), ready > 0);
    if (picked) ASSERT_TRUE(picker_.is_ready(*picked));
  }
}

TEST(FastRandomTest, GivesTheSameStreamForTheSameSeed) {
  FastRandom a(7);
  FastRandom b(7);
  FastRandom c(8);
  EXPECT_EQ(a(), b());
  EXPECT_NE(a(), c());
}

TEST(FastRandomTest, IsEvenBelowABound) {
  FastRandom random(1);
  std::vector<int> counts(7);
  for (int i = 0; i < 70'000; ++i) ++counts[random.Below(7)];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 400);
}

}  // namespace
}  // namespace gossamer::proxy
