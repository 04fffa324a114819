#include "proxy/metrics/process_metrics.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "lib/metrics/label_text.h"
#include "proxy/overload/process_memory.h"

namespace gossamer::proxy {
namespace {

using metrics::Dialect;
using metrics::FamilyDoc;
using metrics::TextWriter;
using metrics::Type;

// A host with many interfaces has a long net/dev; what lies beyond is not counted.
constexpr size_t kFileBytesMax = 64 * 1024;

std::string ReadFile(const char* path) {
  std::string text(kFileBytesMax, '\0');
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  size_t size = 0;
  while (fd >= 0 && size < text.size()) {
    const ssize_t got = read(fd, text.data() + size, text.size() - size);
    if (got <= 0) break;
    size += got;
  }
  if (fd >= 0) close(fd);
  text.resize(size);
  return text;
}

std::optional<uint64_t> CountOpenFiles() {
  DIR* const dir = opendir("/proc/self/fd");
  if (dir == nullptr) return std::nullopt;
  uint64_t entries = 0;
  while (readdir(dir) != nullptr) ++entries;
  closedir(dir);
  // Less ".", ".." and the descriptor that reads the folder.
  return entries < 3 ? 0 : entries - 3;
}

double CpuSeconds() {
  timespec used;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

double UnixSeconds(absl::Time time) { return absl::ToDoubleSeconds(time - absl::UnixEpoch()); }

enum Index {
  kStartTime,
  kClockTime,
  kUptime,
  kCpu,
  kVirtualMemory,
  kResidentMemory,
  kOpenFiles,
  kMaxFiles,
  kThreads,
  kReceived,
  kTransmitted,
};

std::vector<FamilyDoc> Families() {
  return {
      {"process_start_time_seconds", Type::kGauge, "", "When the process started, in Unix time",
       "seconds"},
      {"process_clock_time_seconds", Type::kGauge, "", "The time now, in Unix time", "seconds"},
      {"process_uptime_seconds_total", Type::kCounter, "", "Time since the process started",
       "seconds"},
      {"process_cpu_seconds_total", Type::kCounter, "", "CPU time used, user and system",
       "seconds"},
      {"process_virtual_memory_bytes", Type::kGauge, "", "Virtual memory", "bytes"},
      {"process_resident_memory_bytes", Type::kGauge, "", "Resident memory", "bytes"},
      {"process_open_fds", Type::kGauge, "", "Open file descriptors", ""},
      {"process_max_fds", Type::kGauge, "", "The limit of open file descriptors", ""},
      {"process_threads", Type::kGauge, "", "Threads", ""},
      {"process_network_receive_bytes_total", Type::kCounter, "",
       "Bytes received by the network namespace, loopback apart", "bytes"},
      {"process_network_transmit_bytes_total", Type::kCounter, "",
       "Bytes sent by the network namespace, loopback apart", "bytes"},
  };
}

class Writer {
 public:
  Writer(const std::vector<FamilyDoc>& families, TextWriter* writer)
      : families_(families), writer_(writer) {}

  template <typename T>
  void Write(Index index, T value) {
    writer_->Begin(families_[index]);
    writer_->Sample("", "", value);
  }

 private:
  const std::vector<FamilyDoc>& families_;
  TextWriter* const writer_;
};

void WriteProcess(absl::Time start, absl::Duration start_monotonic, const Clock* clock,
                  const std::vector<FamilyDoc>& families, TextWriter* text) {
  Writer writer(families, text);
  writer.Write(kStartTime, UnixSeconds(start));
  writer.Write(kClockTime, UnixSeconds(clock->Now()));
  writer.Write(kUptime, absl::ToDoubleSeconds(clock->Monotonic() - start_monotonic));
  writer.Write(kCpu, CpuSeconds());
  if (const auto memory = ProcessMemoryReader().Read()) {
    writer.Write(kVirtualMemory, memory->virtual_bytes);
    writer.Write(kResidentMemory, memory->resident_bytes);
  }
  if (const auto open_files = CountOpenFiles()) writer.Write(kOpenFiles, *open_files);
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) writer.Write(kMaxFiles, uint64_t{limit.rlim_cur});
  if (const auto threads = ParseThreads(ReadFile("/proc/self/status"))) {
    writer.Write(kThreads, *threads);
  }
  if (const auto network = ParseNetDev(ReadFile("/proc/self/net/dev"))) {
    writer.Write(kReceived, network->received);
    writer.Write(kTransmitted, network->transmitted);
  }
}

}  // namespace

std::optional<NetworkBytes> ParseNetDev(absl::string_view text) {
  // An interface's line is NAME: eight numbers of receipt, then those of transmission.
  constexpr size_t kTransmittedColumn = 8;
  NetworkBytes sum;
  bool found = false;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    const size_t colon = line.find(':');
    if (colon == absl::string_view::npos) continue;
    const absl::string_view name = absl::StripAsciiWhitespace(line.substr(0, colon));
    const std::vector<absl::string_view> words =
        absl::StrSplit(line.substr(colon + 1), ' ', absl::SkipEmpty());
    uint64_t received = 0;
    uint64_t transmitted = 0;
    if (words.size() <= kTransmittedColumn || !absl::SimpleAtoi(words[0], &received) ||
        !absl::SimpleAtoi(words[kTransmittedColumn], &transmitted)) {
      continue;
    }
    found = true;
    if (name == "lo") continue;
    sum.received += received;
    sum.transmitted += transmitted;
  }
  if (!found) return std::nullopt;
  return sum;
}

std::optional<uint64_t> ParseThreads(absl::string_view text) {
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    uint64_t threads = 0;
    if (absl::ConsumePrefix(&line, "Threads:") &&
        absl::SimpleAtoi(absl::StripAsciiWhitespace(line), &threads)) {
      return threads;
    }
  }
  return std::nullopt;
}

void RegisterProcessMetrics(const BuildInfo& info, const Clock* clock,
                            metrics::Registry* registry) {
  const std::string labels = metrics::LabelText()
                                 .Add("date", info.date)
                                 .Add("git_sha", info.git_sha)
                                 .Add("profile", info.profile)
                                 .Add("vendor", info.vendor)
                                 .Add("version", info.version)
                                 .Take();
  registry->RegisterCallback(
      Dialect::kOpenMetrics,
      {{"proxy_build_info", Type::kGauge, "date, git_sha, profile, vendor, version",
        "What this proxy was built from", ""}},
      [labels](const std::vector<FamilyDoc>& families, TextWriter* writer) {
        writer->Begin(families[0]);
        writer->Sample(labels, "", uint64_t{1});
      });
  registry->RegisterCallback(Dialect::kOpenMetrics, Families(),
                             [start = clock->Now(), monotonic = clock->Monotonic(), clock](
                                 const std::vector<FamilyDoc>& families, TextWriter* writer) {
                               WriteProcess(start, monotonic, clock, families, writer);
                             });
}

}  // namespace gossamer::proxy
