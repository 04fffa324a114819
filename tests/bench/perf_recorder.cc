#include "tests/bench/perf_recorder.h"

#include <signal.h>

#include <fstream>
#include <utility>

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
  struct Half {
    double share = 0;
    int symbols = 0;
    std::string text;
  };
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
    Half& half = words[2] == "[k]" ? kernel : programs;
    half.share += share;
    if (++half.symbols > symbols_max) continue;
    const std::string symbol = absl::StrJoin(words.begin() + 3, words.end(), " ");
    absl::StrAppendFormat(&half.text, "  %5.1f %%  %s\n", share, symbol.substr(0, kSymbolBytesMax));
  }
  return absl::StrFormat("programs %.1f %%\n%s  kernel %.1f %%\n%s", programs.share, programs.text,
                         kernel.share, kernel.text);
}

}  // namespace gossamer::bench
