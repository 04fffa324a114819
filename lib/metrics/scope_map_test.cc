#include "lib/metrics/scope_map.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/metrics/scopes.h"
#include "lib/time/fake_clock.h"

namespace gossamer::metrics {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Map = ScopeMap<CounterScope>;

std::string Expose(const std::vector<const Map*>& maps) {
  static const auto* const families = new std::vector<Family<CounterScope>>{
      {{"x_total", Type::kCounter, "", "X", ""}, CounterScope::Write}};
  std::string out;
  const auto sink = [&](absl::string_view piece) { absl::StrAppend(&out, piece); };
  TextWriter writer(Dialect::kPlain, sink);
  FamilyWriter<CounterScope>::Write(*families, maps, &writer);
  writer.End();
  return out;
}

class ScopeMapTest : public testing::Test {
 protected:
  Map::Options MakeOptions(size_t scopes_max) {
    return {.overflow_labels = "direction=\"inbound\"",
            .scopes_max = scopes_max,
            .retain_idle = absl::Minutes(10),
            .clock = &clock_};
  }
  static void Count(Map* map, absl::string_view labels) { map->Get(labels)->cell.Add(); }

  FakeClock clock_;
};

TEST_F(ScopeMapTest, TheSameLabelsAreTheSameScope) {
  Map map(MakeOptions(10));
  const Map::Ref a = map.Get("a=\"1\"");
  EXPECT_EQ(map.Get("a=\"1\"").get(), a.get());
  EXPECT_NE(map.Get("a=\"2\"").get(), a.get());
  EXPECT_EQ(map.size(), 2u);
}

TEST_F(ScopeMapTest, PastTheCapLabelSetsShareTheOverflow) {
  Map map(MakeOptions(4));
  for (int i = 0; i < 100; ++i) Count(&map, absl::StrCat("a=\"", i, "\""));
  EXPECT_EQ(map.size(), 4u);
  const std::string text = Expose({&map});
  EXPECT_THAT(text, HasSubstr("x_total{direction=\"inbound\",overflow=\"true\"} 96\n"));
  EXPECT_THAT(text, HasSubstr("x_total{a=\"3\"} 1\n"));
}

TEST_F(ScopeMapTest, HasNoOverflowUntilItIsNeeded) {
  Map map(MakeOptions(4));
  Count(&map, "a=\"1\"");
  EXPECT_THAT(Expose({&map}), Not(HasSubstr("overflow")));
}

TEST_F(ScopeMapTest, IdleScopesMakeRoomAndTheirCountsStay) {
  Map map(MakeOptions(4));
  for (int i = 0; i < 4; ++i) Count(&map, absl::StrCat("a=\"", i, "\""));
  clock_.Advance(absl::Minutes(11));
  Count(&map, "a=\"new\"");
  EXPECT_LE(map.size(), 4u);
  const std::string text = Expose({&map});
  EXPECT_THAT(text, HasSubstr("a=\"new\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("overflow=\"true\"} 2\n"));
}

TEST_F(ScopeMapTest, KeepsIdleScopesWhileThereIsRoom) {
  Map map(MakeOptions(10));
  for (int i = 0; i < 5; ++i) Count(&map, absl::StrCat("a=\"", i, "\""));
  clock_.Advance(absl::Hours(24));
  map.EvictIdle();
  EXPECT_EQ(map.size(), 5u);
}

TEST_F(ScopeMapTest, NeverEvictsWhatIsHeld) {
  Map map(MakeOptions(2));
  const Map::Ref a = map.Get("a=\"1\"");
  Map::Ref b = map.Get("a=\"2\"");
  clock_.Advance(absl::Hours(1));
  Count(&map, "a=\"3\"");
  EXPECT_EQ(map.size(), 2u);
  a->cell.Add(5);
  EXPECT_THAT(Expose({&map}), HasSubstr("x_total{a=\"1\"} 5\n"));
  // Idle from its release on, not from its creation.
  b = Map::Ref();
  map.EvictIdle();
  EXPECT_EQ(map.size(), 2u);
  clock_.Advance(absl::Minutes(11));
  map.EvictIdle();
  EXPECT_EQ(map.size(), 1u);
}

TEST_F(ScopeMapTest, AddsUpTheScopesOfWorkers) {
  Map first(MakeOptions(10));
  Map second(MakeOptions(10));
  Count(&first, "a=\"1\"");
  Count(&second, "a=\"1\"");
  Count(&second, "a=\"2\"");
  EXPECT_EQ(Expose({&first, &second}),
            "# HELP x_total X\n# TYPE x_total counter\n"
            "x_total{a=\"1\"} 2\nx_total{a=\"2\"} 1\n# EOF\n");
}

TEST_F(ScopeMapTest, TotalsNeverGoBackWhileAnotherThreadScrapes) {
  Map map(MakeOptions(8));
  std::atomic<bool> done{false};
  std::thread scraper([&] {
    uint64_t last = 0;
    while (!done) {
      uint64_t total = 0;
      const std::string text = Expose({&map});
      for (size_t at = text.find("} "); at != std::string::npos; at = text.find("} ", at + 1)) {
        total += std::stoull(text.substr(at + 2));
      }
      EXPECT_GE(total, last);
      last = total;
    }
  });
  for (int i = 0; i < 5000; ++i) {
    Count(&map, absl::StrCat("a=\"", i % 50, "\""));
    clock_.Advance(absl::Minutes(3));
  }
  done = true;
  scraper.join();
}

}  // namespace
}  // namespace gossamer::metrics
