#include "tests/bench/mesh_bench.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "lib/net/descriptor_limit.h"
#include "lib/status/status_macros.h"
#include "tests/bench/manifest_change.h"
#include "tests/bench/perf_recorder.h"
#include "tests/bench/process_usage.h"
#include "tests/support/folder.h"

namespace gossamer::bench {
namespace {

// Fills caches and connection pools before anything is counted.
constexpr double kWarmUpSeconds = 0.2;
constexpr double kLateSeconds = 0.1;
constexpr int kFewConnections = 100;
// A proxy has two descriptors a connection, and a few of its own.
constexpr uint64_t kDescriptorsAConnection = 2;
constexpr uint64_t kDescriptorsBesides = 200;
// Until programs that have just become ready do nothing any more.
constexpr absl::Duration kSettling = absl::Seconds(1);
constexpr absl::Duration kMemoryInterval = absl::Milliseconds(50);

// As many descriptors as there may be: what this process starts inherits it.
absl::Status TakeDescriptors(int connections) {
  const uint64_t limit = net::RaiseDescriptorLimit();
  const uint64_t needed =
      kDescriptorsAConnection * static_cast<uint64_t>(connections) + kDescriptorsBesides;
  if (limit >= needed) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat(connections, " connections need ", needed,
                                                   " descriptors, and the hard limit is ", limit,
                                                   ": raise it (ulimit -Hn)"));
}

double Largest(const std::vector<double>& values) {
  return *std::max_element(values.begin(), values.end());
}

}  // namespace

MeshBench::MeshBench(const Options& options)
    : options_(options), folder_(harness::MakePrivateFolder()) {}

absl::StatusOr<Figures> MeshBench::Run(const Options& options) {
  MeshBench bench(options);
  GOSSAMER_RETURN_IF_ERROR(TakeDescriptors(options.many_connections));
  GOSSAMER_RETURN_IF_ERROR(bench.Start());
  if (bench.Selected(kMemoryId)) GOSSAMER_RETURN_IF_ERROR(bench.MeasureMemory());
  GOSSAMER_RETURN_IF_ERROR(bench.MeasureRounds());
  if (bench.Selected(kReadyId)) GOSSAMER_RETURN_IF_ERROR(bench.MeasureReadiness());
  if (bench.Selected(kManifestId)) GOSSAMER_RETURN_IF_ERROR(bench.MeasureManifestChange());
  return *bench.figures_;
}

absl::Status MeshBench::Start() {
  options_.progress("a mesh, a client and a server");
  Contestants::Options options = options_.contestants;
  options.folder = folder_;
  GOSSAMER_ASSIGN_OR_RETURN(contestants_, Contestants::Start(options));
  std::vector<std::string> names;
  for (const Contestant& contestant : contestants_->list()) names.push_back(contestant.name);
  figures_ = std::make_unique<Figures>(names);
  return absl::OkStatus();
}

std::vector<Contestant> MeshBench::Proxied() const {
  std::vector<Contestant> proxied;
  for (const Contestant& contestant : contestants_->list()) {
    if (contestant.name != kDirect) proxied.push_back(contestant);
  }
  return proxied;
}

absl::Status MeshBench::MeasureMemory() {
  options_.progress("memory: idle, with connections that are held open, with busy ones");
  absl::SleepFor(kSettling);
  for (const Contestant& contestant : Proxied()) {
    GOSSAMER_ASSIGN_OR_RETURN(const std::vector<double> idle, ResidentKib(contestant.proxies()));
    AddMemory("resident memory, idle", contestant.name, idle);
  }
  const int many = options_.many_connections;
  for (const Contestant& contestant : Proxied()) {
    GOSSAMER_ASSIGN_OR_RETURN(const std::vector<double> few_kib,
                              MeasureHeld(contestant, kFewConnections));
    GOSSAMER_ASSIGN_OR_RETURN(const std::vector<double> many_kib, MeasureHeld(contestant, many));
    AddMemory(absl::StrCat("resident memory, ", kFewConnections, " idle connections"),
              contestant.name, few_kib);
    AddMemory(absl::StrCat("resident memory, ", many, " idle connections"), contestant.name,
              many_kib);
    // The first connections pay for what all share.
    std::vector<double> grown;
    for (size_t i = 0; i < many_kib.size(); ++i) grown.push_back(many_kib[i] - few_kib[i]);
    figures_->Add("memory of an idle connection", "KiB", contestant.name,
                  Largest(grown) / (many - kFewConnections));
    GOSSAMER_RETURN_IF_ERROR(MeasureBusy(contestant));
  }
  return absl::OkStatus();
}

void MeshBench::AddMemory(const std::string& figure, const std::string& contestant,
                          const std::vector<double>& resident_kib) {
  figures_->Add(figure, "MiB", contestant, Largest(resident_kib) / 1024);
}

absl::StatusOr<std::vector<double>> MeshBench::MeasureHeld(const Contestant& contestant,
                                                           int connections) {
  GOSSAMER_ASSIGN_OR_RETURN(
      const std::unique_ptr<BackgroundLoad> load,
      BackgroundLoad::Start(contestant, "hold", {absl::StrCat("--connections=", connections)},
                            absl::StrCat(folder_, "/hold-", contestant.name, "-", connections)));
  GOSSAMER_RETURN_IF_ERROR(load->WaitHeld());
  return ResidentKib(contestant.proxies());
}

absl::Status MeshBench::MeasureBusy(const Contestant& contestant) {
  const int connections = options_.many_connections;
  GOSSAMER_ASSIGN_OR_RETURN(
      const std::unique_ptr<BackgroundLoad> load,
      BackgroundLoad::Start(contestant, "http1",
                            {absl::StrCat("--connections=", connections),
                             absl::StrCat("--seconds=", options_.seconds)},
                            absl::StrCat(folder_, "/busy-", contestant.name)));
  double most_kib = 0;
  do {
    GOSSAMER_ASSIGN_OR_RETURN(const std::vector<double> kib, ResidentKib(contestant.proxies()));
    most_kib = std::max(most_kib, Largest(kib));
    absl::SleepFor(kMemoryInterval);
  } while (load->Running());
  GOSSAMER_RETURN_IF_ERROR(load->Answer().status());
  AddMemory(absl::StrCat("resident memory, ", connections, " busy connections"), contestant.name,
            {most_kib});
  return absl::OkStatus();
}

absl::Status MeshBench::MeasureRounds() {
  bool any = false;
  for (int round = 1; round <= options_.rounds; ++round) {
    for (const LoadScenario& scenario : LoadScenarios()) {
      if (!Selected(scenario.id)) continue;
      any = true;
      options_.progress(
          absl::StrCat("round ", round, " of ", options_.rounds, ": ", scenario.title));
      GOSSAMER_RETURN_IF_ERROR(MeasureRound(round, scenario));
    }
  }
  for (const LoadScenario& scenario : LoadScenarios()) {
    if (Selected(scenario.id) && scenario.rate > 0) AddLatencies(scenario);
  }
  if (!any) return absl::OkStatus();
  for (const Contestant& contestant : Proxied()) {
    GOSSAMER_ASSIGN_OR_RETURN(const std::vector<double> kib, ResidentKib(contestant.proxies()));
    AddMemory("resident memory, after all that", contestant.name, kib);
  }
  return absl::OkStatus();
}

absl::Status MeshBench::MeasureRound(int round, const LoadScenario& scenario) {
  if (scenario.rate > 0 && !figures_->contestants().empty() &&
      figures_->contestants().front() != kDirect) {
    GOSSAMER_RETURN_IF_ERROR(SampleLatency(contestants_->direct(), scenario));
  }
  for (const Contestant& contestant : contestants_->list()) {
    if (round == 1 && contestant.name == kSubject && !options_.perf_folder.empty()) {
      GOSSAMER_RETURN_IF_ERROR(Profile(contestant, scenario));
    }
    GOSSAMER_RETURN_IF_ERROR(scenario.rate > 0 ? SampleLatency(contestant, scenario)
                                               : MeasureCost(contestant, scenario));
  }
  return absl::OkStatus();
}

absl::Status MeshBench::MeasureCost(const Contestant& contestant, const LoadScenario& scenario) {
  const std::vector<pid_t> proxies = contestant.proxies();
  GOSSAMER_RETURN_IF_ERROR(
      RunLoad(contestant, scenario.mode, scenario.arguments, kWarmUpSeconds).status());
  GOSSAMER_ASSIGN_OR_RETURN(const absl::Duration before, CpuTime(proxies));
  GOSSAMER_ASSIGN_OR_RETURN(const LoadAnswer answer, RunLoad(contestant, scenario.mode,
                                                             scenario.arguments, options_.seconds));
  GOSSAMER_ASSIGN_OR_RETURN(const absl::Duration after, CpuTime(proxies));
  const bool bulk = scenario.mode == "bulk";
  if ((bulk ? answer.bytes : answer.requests) == 0) {
    return absl::UnavailableError(
        absl::StrCat(contestant.name, ", ", scenario.title, ": nothing was answered"));
  }
  const double cpu_ns = absl::ToDoubleNanoseconds(after - before);
  if (!proxies.empty() && bulk) {
    figures_->Add(scenario.title + ", CPU a KiB", "ns", contestant.name,
                  cpu_ns / (answer.bytes / 1024));
  } else if (!proxies.empty()) {
    figures_->Add(scenario.title + ", CPU a request", "us", contestant.name,
                  cpu_ns / 1000 / answer.requests);
  }
  figures_->Add(scenario.title + (bulk ? ", throughput" : ", rate"), bulk ? "MiB/s" : "1/s",
                contestant.name,
                (bulk ? answer.bytes / 1024 / 1024 : answer.requests) / answer.seconds);
  return absl::OkStatus();
}

absl::Status MeshBench::SampleLatency(const Contestant& contestant, const LoadScenario& scenario) {
  // The last ones are not answered when the time is over.
  const double seconds = std::max(
      options_.seconds, static_cast<double>(options_.samples) / scenario.rate + kLateSeconds);
  GOSSAMER_RETURN_IF_ERROR(
      RunLoad(contestant, scenario.mode, scenario.arguments, kWarmUpSeconds).status());
  GOSSAMER_ASSIGN_OR_RETURN(const LoadAnswer answer,
                            RunLoad(contestant, scenario.mode, scenario.arguments, seconds));
  latencies_[{scenario.id, contestant.name}].AddRound(answer.latencies_us);
  return absl::OkStatus();
}

absl::Status MeshBench::Profile(const Contestant& contestant, const LoadScenario& scenario) {
  // A run of its own: the recording costs time that is nobody's.
  GOSSAMER_ASSIGN_OR_RETURN(const std::unique_ptr<PerfRecorder> perf,
                            PerfRecorder::Start({options_.perf, options_.perf_folder, scenario.id,
                                                 contestant.proxies()}));
  GOSSAMER_RETURN_IF_ERROR(
      RunLoad(contestant, scenario.mode, scenario.arguments, options_.seconds + kWarmUpSeconds)
          .status());
  GOSSAMER_ASSIGN_OR_RETURN(const std::string summary, perf->Finish());
  options_.progress(absl::StrCat("perf of ", scenario.title, ": ", summary));
  return absl::OkStatus();
}

void MeshBench::AddLatencies(const LoadScenario& scenario) {
  AddLatency(scenario, "p50", 0.5);
  AddLatency(scenario, "p99", 0.99);
  AddLatency(scenario, "p99.9", 0.999);
}

void MeshBench::AddLatency(const LoadScenario& scenario, const std::string& percentile,
                           double share) {
  const std::string figure = absl::StrCat(scenario.title, ", added ", percentile);
  const LatencySamples& direct = latencies_[{scenario.id, kDirect}];
  size_t fewest = direct.size();
  bool complete = true;
  for (const Contestant& contestant : contestants_->list()) {
    const LatencySamples& samples = latencies_[{scenario.id, contestant.name}];
    const std::vector<double> values = contestant.name == kDirect
                                           ? direct.Percentiles(share)
                                           : AddedLatency(samples, direct, share);
    for (double value : values) figures_->Add(figure, "us", contestant.name, value);
    complete = complete && !values.empty();
    fewest = std::min(fewest, samples.size());
  }
  if (complete) return;
  figures_->AddNote(absl::StrCat(figure, ": takes ", LatencySamples::Needed(share),
                                 " samples, and some have ", fewest,
                                 ": more --rounds or --samples show it."));
}

absl::Status MeshBench::MeasureReadiness() {
  options_.progress("from start to ready");
  for (int round = 0; round < options_.rounds; ++round) {
    for (const Contestant& contestant : contestants_->list()) {
      if (contestant.time_to_ready == nullptr) continue;
      GOSSAMER_ASSIGN_OR_RETURN(const absl::Duration took, contestant.time_to_ready());
      figures_->Add("from start to ready", "ms", contestant.name, absl::ToDoubleMilliseconds(took));
    }
  }
  return absl::OkStatus();
}

absl::Status MeshBench::MeasureManifestChange() {
  const std::vector<std::string>& names = figures_->contestants();
  if (std::find(names.begin(), names.end(), kSubject) == names.end()) return absl::OkStatus();
  options_.progress("from a manifest's change to the first request that follows it");
  ManifestChange change(&contestants_->mesh());
  GOSSAMER_RETURN_IF_ERROR(change.Prepare());
  for (int i = 0; i < options_.manifest_changes; ++i) {
    GOSSAMER_ASSIGN_OR_RETURN(const absl::Duration took, change.MoveOnce(/*to=*/i % 2));
    figures_->Add("from manifest to the first request", "ms", kSubject,
                  absl::ToDoubleMilliseconds(took));
  }
  return absl::OkStatus();
}

}  // namespace gossamer::bench
