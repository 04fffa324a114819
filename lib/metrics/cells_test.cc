#include "lib/metrics/cells.h"

#include <thread>

#include "gtest/gtest.h"
#include "lib/metrics/cell_list.h"

namespace gossamer::metrics {
namespace {

struct Bounds {
  static constexpr std::array<double, 3> kBounds = {1, 2, 10};
};

TEST(HistogramTest, BoundsAreInclusive) {
  Histogram<Bounds> histogram;
  for (double value : {0.0, 1.0, 1.5, 2.0, 10.0, 10.1, 1e9}) histogram.Observe(value);
  EXPECT_EQ(histogram.bucket(0), 2u);
  EXPECT_EQ(histogram.bucket(1), 2u);
  EXPECT_EQ(histogram.bucket(2), 1u);
  EXPECT_EQ(histogram.bucket(3), 2u);
  EXPECT_EQ(histogram.count(), 7u);
}

TEST(CellsTest, MergeAddsUp) {
  Counter a, b;
  a.Add(2);
  b.Add(3);
  a.MergeFrom(b);
  EXPECT_EQ(a.value(), 5u);
  Gauge g, h;
  g.Add(2);
  h.Sub(3);
  g.MergeFrom(h);
  EXPECT_EQ(g.value(), -1);
  Histogram<Bounds> x, y;
  x.Observe(1);
  y.Observe(5);
  x.MergeFrom(y);
  EXPECT_EQ(x.count(), 2u);
  EXPECT_EQ(x.sum(), 6);
}

struct Status {
  int code = 0;
  static Status Other() { return {-1}; }
  friend bool operator==(const Status& a, const Status& b) { return a.code == b.code; }
};

TEST(CellListTest, KeepsACellForEachKey) {
  CellList<Status, Counter> list;
  Counter* const ok = &list.Get({200});
  ok->Add();
  list.Get({404}).Add(2);
  EXPECT_EQ(&list.Get({200}), ok);
  uint64_t total = 0;
  list.ForEach([&](const Status&, const Counter& counter) { total += counter.value(); });
  EXPECT_EQ(total, 3u);
}

TEST(CellListTest, SharesOneCellPastItsBound) {
  CellList<Status, Counter, 4> list;
  for (int i = 0; i < 100; ++i) list.Get({i}).Add();
  int cells = 0;
  uint64_t total = 0;
  uint64_t other = 0;
  list.ForEach([&](const Status& status, const Counter& counter) {
    ++cells;
    total += counter.value();
    if (status == Status::Other()) other = counter.value();
  });
  EXPECT_EQ(cells, 5);
  EXPECT_EQ(total, 100u);
  EXPECT_EQ(other, 96u);
}

TEST(CellListTest, CanBeReadWhileItGrows) {
  CellList<Status, Counter> list;
  std::thread writer([&] {
    for (int i = 0; i < 10000; ++i) list.Get({i % 40}).Add();
  });
  uint64_t last = 0;
  for (int i = 0; i < 100; ++i) {
    uint64_t total = 0;
    list.ForEach([&](const Status&, const Counter& counter) { total += counter.value(); });
    EXPECT_GE(total, last);
    last = total;
  }
  writer.join();
}

}  // namespace
}  // namespace gossamer::metrics
