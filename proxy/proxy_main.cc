#include "proxy/proxy_main.h"

#include <malloc.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "lib/config/env_reader.h"
#include "lib/log/log.h"
#include "proxy/app/app.h"
#include "proxy/app/signals.h"
#include "proxy/config/parse_config.h"
#include "proxy/version.h"

namespace gossamer::proxy {
namespace {

// Of sysexits.h, as Linkerd's proxy has it.
constexpr int kExitUsage = 64;

void Print(FILE* file, absl::string_view text) {
  std::fwrite(text.data(), 1, text.size(), file);
  std::fputc('\n', file);
}

std::string Help() {
  return absl::StrCat(
      "Usage: ", kProgram, " [--help | --version]\n\n",
      "Carries a workload's TCP traffic: discovers, balances, encrypts, authorizes, measures.\n"
      "It has no flags. The environment configures it, as Linkerd's injector sets it:\n\n",
      ConfigHelp(),
      "\n\nExample:\n"
      "  LINKERD2_PROXY_DESTINATION_SVC_ADDR=localhost.:8086 ... ",
      kProgram, "\n\nEvery variable is described in docs/CONFIG.md.");
}

// Keeps up to a mebibyte of free memory at the heap's top instead of giving it back and asking for
// it again with every burst of TLS records.
void SetUpAllocator() {
  constexpr int kKeptBytes = 1 << 20;
  mallopt(M_TRIM_THRESHOLD, kKeptBytes);
  mallopt(M_MMAP_THRESHOLD, kKeptBytes);
}

void SetUpLogging(const LogConfig& config) {
  log::Init({config.json ? log::Format::kJson : log::Format::kPlain, STDOUT_FILENO});
  for (const std::string& fault : log::SetFilterLenient(config.filter)) {
    Print(stderr, absl::StrCat("LINKERD2_PROXY_LOG: ", fault));
  }
}

int Serve(const Clock* clock) {
  SetUpAllocator();
  absl::StatusOr<Config> config = ParseConfig(config::EnvReader::FromProcess());
  if (!config.ok()) {
    Print(stderr, absl::StrCat("Invalid configuration: ", config.status().message()));
    return kExitUsage;
  }
  SetUpLogging(config->log);
  GOSSAMER_LOG(kInfo, "proxy", "starting", {"version", kVersion});
  for (const std::string& warning : config->warnings) {
    GOSSAMER_LOG(kWarn, "proxy", warning);
  }
  Signals::Block();
  BuildInfo build;
  build.version = kVersion;
  build.vendor = "gossamer";
  build.profile = "release";
  const absl::StatusOr<std::unique_ptr<App>> app = App::Create(*std::move(config), build, clock);
  if (!app.ok()) {
    GOSSAMER_LOG(kError, "proxy", "Initialization failure", {"error", app.status().message()});
    return 1;
  }
  const absl::Status status = (*app)->Run();
  if (status.ok()) return 0;
  GOSSAMER_LOG(kError, "proxy", "Initialization failure", {"error", status.message()});
  return 1;
}

}  // namespace

int ProxyMain(int argc, char** argv, const Clock* clock) {
  if (argc <= 1) return Serve(clock);
  const std::string argument = argv[1];
  if (argc == 2 && argument == "--version") {
    Print(stdout, absl::StrCat(kProgram, " ", kVersion));
    return 0;
  }
  if (argc == 2 && argument == "--help") {
    Print(stdout, Help());
    return 0;
  }
  Print(stderr, absl::StrCat(kProgram, ": unknown argument '", argument, "'; see --help"));
  return kExitUsage;
}

}  // namespace gossamer::proxy
