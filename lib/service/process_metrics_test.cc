#include "lib/service/process_metrics.h"

#include <fcntl.h>
#include <unistd.h>

#include <ctime>
#include <map>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "prometheus/metric_type.h"

namespace gossamer::service {
namespace {

std::map<std::string, prometheus::MetricFamily> Collect() {
  std::map<std::string, prometheus::MetricFamily> families;
  for (prometheus::MetricFamily& family : ProcessMetrics("gossamer-test", "1.2.3").Collect()) {
    families[family.name] = family;
  }
  return families;
}

double GaugeOf(const std::string& name) { return Collect()[name].metric.at(0).gauge.value; }

TEST(ProcessMetricsTest, TellOfThisProcess) {
  EXPECT_GT(GaugeOf("process_resident_memory_bytes"), 1e5);
  EXPECT_GT(GaugeOf("process_virtual_memory_bytes"), GaugeOf("process_resident_memory_bytes"));
  EXPECT_GE(GaugeOf("process_threads"), 1);
  EXPECT_GT(GaugeOf("process_max_fds"), 0);
  const double started = GaugeOf("process_start_time_seconds");
  EXPECT_LE(started, static_cast<double>(std::time(nullptr)) + 2);
  EXPECT_GT(started, static_cast<double>(std::time(nullptr)) - 600);
}

TEST(ProcessMetricsTest, CpuTimeIsACounterThatGrows) {
  const prometheus::MetricFamily before = Collect()["process_cpu_seconds_total"];
  EXPECT_EQ(before.type, prometheus::MetricType::Counter);
  const std::clock_t begin = std::clock();
  while (std::clock() - begin < CLOCKS_PER_SEC / 20) {
  }
  const prometheus::MetricFamily after = Collect()["process_cpu_seconds_total"];
  EXPECT_GT(after.metric.at(0).counter.value, before.metric.at(0).counter.value);
}

TEST(ProcessMetricsTest, OpenFileDescriptorsAreCountedExactly) {
  const double before = GaugeOf("process_open_fds");
  const int fd = open("/dev/null", O_RDONLY);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(GaugeOf("process_open_fds"), before + 1);
  close(fd);
  EXPECT_EQ(GaugeOf("process_open_fds"), before);
}

TEST(ProcessMetricsTest, BuildInfoNamesProgramAndVersion) {
  const prometheus::MetricFamily family = Collect()["gossamer_build_info"];
  ASSERT_EQ(family.metric.size(), 1U);
  EXPECT_EQ(family.metric[0].gauge.value, 1);
  std::map<std::string, std::string> labels;
  for (const auto& label : family.metric[0].label) labels[label.name] = label.value;
  EXPECT_EQ(labels["program"], "gossamer-test");
  EXPECT_EQ(labels["version"], "1.2.3");
}

}  // namespace
}  // namespace gossamer::service
