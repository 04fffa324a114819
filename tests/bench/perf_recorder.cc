#include "tests/bench/perf_recorder.h"

#include <signal.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "lib/status/status_macros.h"

namespace gossamer::bench {
namespace {

// Below what disturbs the processes by more than a few percent.
constexpr char kSamplesPerSecond[] = "3999";
constexpr absl::Duration kFinishTimeout = absl::Seconds(60);
// Names of templates have no end.
constexpr size_t kSymbolBytesMax = 100;
constexpr int kSymbolsMax = 12;  // Of each half.

// What a symbol is part of; the first group that has a piece of its name.
struct Group {
  const char* name;
  std::vector<const char*> pieces;
};

const std::vector<Group>& Groups(bool in_kernel) {
  static const auto& kernel = *new std::vector<Group>{
      {"switches and unlocking", {"finish_task", "spin_unlock_irq"}},
      {"netfilter", {"nf_", "conntrack", "nft_", "ipt_"}},
      {"epoll", {"epoll", "ep_poll", "ep_send"}},
      {"copies", {"copy", "_iter"}},
      {"network",
       {"tcp", "ip_", "skb", "net_", "sock", "inet", "napi", "dev_", "veth", "backlog"}}};
  static const auto& programs = *new std::vector<Group>{
      {"nghttp2", {"nghttp2"}},
      {"allocator", {"malloc", "calloc", "realloc", "free", "BlockPool", "unlink_chunk"}},
      {"TLS",
       {"bssl", "SSL", "BIO", "EVP", "aes", "gcm", "ghash", "sha256", "ecp", "p256", "tls::"}},
      {"copies", {"memcpy", "memmove", "memset", "memcmp"}}};
  return in_kernel ? kernel : programs;
}

std::string GroupOf(const std::string& symbol, bool in_kernel) {
  for (const Group& group : Groups(in_kernel)) {
    for (const char* piece : group.pieces) {
      if (absl::StrContains(symbol, piece)) return group.name;
    }
  }
  return in_kernel ? "the rest" : "our own";
}

// The kernel, or the programs.
struct Half {
  double share = 0;
  int symbols = 0;
  std::map<std::string, double> groups;
  std::string text;  // The largest symbols.
};

// "network 35.6 %, the rest 17.2 %", the largest first.
std::string GroupText(const Half& half) {
  std::vector<std::pair<double, std::string>> groups;
  for (const auto& [name, share] : half.groups) groups.emplace_back(share, name);
  std::sort(groups.rbegin(), groups.rend());
  std::string text;
  for (const auto& [share, name] : groups) {
    absl::StrAppendFormat(&text, "%s%s %.1f %%", text.empty() ? "" : ", ", name, share);
  }
  return text;
}

}  // namespace

absl::StatusOr<std::unique_ptr<PerfRecorder>> PerfRecorder::Start(const Options& options) {
  harness::Process::Options process;
  process.name = "perf";
  process.argv = {options.program,
                  "record",
                  "-q",
                  "-g",
                  "-e",
                  "cpu-clock",
                  "-F",
                  kSamplesPerSecond,
                  "-o",
                  absl::StrCat(options.folder, "/", options.name, ".data"),
                  "-p",
                  absl::StrJoin(options.processes, ",")};
  process.environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
  process.log_path = absl::StrCat(options.folder, "/", options.name, ".log");
  GOSSAMER_ASSIGN_OR_RETURN(std::unique_ptr<harness::Process> perf,
                            harness::Process::Start(process));
  return std::unique_ptr<PerfRecorder>(new PerfRecorder(options, std::move(perf)));
}

absl::StatusOr<std::string> PerfRecorder::Finish() {
  perf_->Signal(SIGINT);
  GOSSAMER_RETURN_IF_ERROR(perf_->Wait(kFinishTimeout).status());
  const absl::StatusOr<std::string> report =
      harness::RunCommand({options_.program, "report", "-i", path(".data"), "--stdio",
                           "--no-children", "-g", "none", "--fields", "overhead,dso,symbol"});
  if (!report.ok()) {
    return absl::UnavailableError(
        absl::StrCat("perf recorded nothing: ", perf_->LogTail(), report.status().message()));
  }
  std::ofstream(path(".txt")) << *report;
  return SummarizePerfReport(*report, kSymbolsMax);
}

std::string SummarizePerfReport(const std::string& report, int symbols_max) {
  Half kernel;
  Half programs;
  for (absl::string_view line : absl::StrSplit(report, '\n')) {
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    double share = 0;
    // "12.34%  [kernel.kallsyms]  [k] tcp_sendmsg"
    if (words.size() < 4 || !absl::EndsWith(words[0], "%") ||
        !absl::SimpleAtod(words[0].substr(0, words[0].size() - 1), &share)) {
      continue;
    }
    const bool in_kernel = words[2] == "[k]";
    const std::string symbol = absl::StrJoin(words.begin() + 3, words.end(), " ");
    Half& half = in_kernel ? kernel : programs;
    half.share += share;
    half.groups[GroupOf(symbol, in_kernel)] += share;
    if (++half.symbols > symbols_max) continue;
    absl::StrAppendFormat(&half.text, "  %5.1f %%  %s\n", share, symbol.substr(0, kSymbolBytesMax));
  }
  return absl::StrFormat("programs %.1f %%: %s\n%s  kernel %.1f %%: %s\n%s", programs.share,
                         GroupText(programs), programs.text, kernel.share, GroupText(kernel),
                         kernel.text);
}

}  // namespace gossamer::bench
