#include "lib/service/process_metrics.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <limits>
#include <sstream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "prometheus/client_metric.h"
#include "prometheus/metric_type.h"

namespace gossamer::service {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily Family(const char* name, const char* help, MetricType type, double value) {
  MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  ClientMetric& metric = family.metric.emplace_back();
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  return family;
}

MetricFamily Gauge(const char* name, const char* help, double value) {
  return Family(name, help, MetricType::Gauge, value);
}

std::string Read(const char* path) {
  std::ifstream file(path);
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

// Numbers of /proc/self/stat, by their place in proc(5).
class Stat {
 public:
  Stat() : text_(Read("/proc/self/stat")) {
    // The second field, the program's name in parentheses, may hold anything.
    const size_t end = text_.rfind(") ");
    if (end == std::string::npos) return;
    fields_ = absl::StrSplit(absl::string_view(text_).substr(end + 2), ' ');
  }

  bool ok() const { return fields_.size() > 22; }
  // `place` is 3 or above.
  double Number(size_t place) const {
    int64_t value = 0;
    return absl::SimpleAtoi(fields_[place - 3], &value) ? static_cast<double>(value) : 0;
  }

 private:
  std::string text_;
  std::vector<absl::string_view> fields_;
};

// When the system started, in seconds since 1970; 0 when unknown.
double BootTime() {
  const std::string stat = Read("/proc/stat");
  const size_t at = stat.find("\nbtime ");
  if (at == std::string::npos) return 0;
  double seconds = 0;
  const absl::string_view rest = absl::string_view(stat).substr(at + 7);
  return absl::SimpleAtod(rest.substr(0, rest.find('\n')), &seconds) ? seconds : 0;
}

void AddStat(std::vector<MetricFamily>& families) {
  const Stat stat;
  if (!stat.ok()) return;
  const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  const double page = static_cast<double>(sysconf(_SC_PAGESIZE));
  families.push_back(Family("process_cpu_seconds_total", "CPU time, user and system, in seconds.",
                            MetricType::Counter, (stat.Number(14) + stat.Number(15)) / ticks));
  families.push_back(
      Gauge("process_resident_memory_bytes", "Resident memory in bytes.", stat.Number(24) * page));
  families.push_back(
      Gauge("process_virtual_memory_bytes", "Virtual memory in bytes.", stat.Number(23)));
  families.push_back(Gauge("process_threads", "Threads.", stat.Number(20)));
  if (const double boot = BootTime(); boot > 0) {
    families.push_back(Gauge("process_start_time_seconds",
                             "When the process started, in seconds since 1970.",
                             boot + stat.Number(22) / ticks));
  }
}

void AddFileDescriptors(std::vector<MetricFamily>& families) {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    const double max = limit.rlim_cur == RLIM_INFINITY ? std::numeric_limits<double>::infinity()
                                                       : static_cast<double>(limit.rlim_cur);
    families.push_back(Gauge("process_max_fds", "File descriptors allowed.", max));
  }
  DIR* dir = opendir("/proc/self/fd");
  if (dir == nullptr) return;
  // Neither ".", ".." nor the folder's own descriptor counts.
  int64_t count = -3;
  while (readdir(dir) != nullptr) ++count;
  closedir(dir);
  families.push_back(
      Gauge("process_open_fds", "Open file descriptors.", static_cast<double>(count)));
}

}  // namespace

ProcessMetrics::ProcessMetrics(std::string program, std::string version)
    : program_(std::move(program)), version_(std::move(version)) {}

std::vector<MetricFamily> ProcessMetrics::Collect() const {
  std::vector<MetricFamily> families;
  AddStat(families);
  AddFileDescriptors(families);
  MetricFamily build = Gauge("gossamer_build_info", "Always 1; program and version in labels.", 1);
  build.metric[0].label = {{"program", program_}, {"version", version_}};
  families.push_back(std::move(build));
  return families;
}

}  // namespace gossamer::service
