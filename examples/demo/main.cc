// The demo: a whole mesh with a sample shop on it, on one machine, gone when it ends.

#include <unistd.h>

#include <iostream>
#include <string>

#include "CLI/CLI.hpp"
#include "examples/demo/demo.h"
#include "examples/demo/version.h"
#include "lib/status/status_macros.h"
#include "tests/support/folder.h"
#include "tests/support/forwarder.h"
#include "tests/support/isolation.h"
#include "tests/support/runfiles.h"

namespace gossamer::demo {
namespace {

struct Flags {
  bool check = false;
  int check_seconds = 20;
  int api_port = 8085;
  int prometheus_port = 9090;
  int web_port = 8080;
  std::string proxy;
};

int RunInside(const Flags& flags, const Demo::Options& options) {
  Demo demo(options);
  absl::Status status = demo.Start();
  if (status.ok()) {
    status = flags.check ? demo.Check(absl::Seconds(flags.check_seconds)) : demo.Watch();
  }
  if (status.ok()) return 0;
  std::cerr << "gossamer-demo: " << status.message() << std::endl;
  return 1;
}

absl::StatusOr<harness::HostListener> Listen(absl::string_view what, int port) {
  GOSSAMER_ASSIGN_OR_RETURN(const harness::HostListener listener, harness::ListenOnHost(port));
  if (listener.port != port) {
    std::cerr << "gossamer-demo: port " << port << " is taken; " << what << " will be at "
              << listener.port << std::endl;
  }
  return listener;
}

absl::StatusOr<int> Run(const Flags& flags) {
  Demo::Options options;
  // Here, in the host's network: they stay open inside.
  GOSSAMER_ASSIGN_OR_RETURN(options.public_api, Listen("public-api", flags.api_port));
  GOSSAMER_ASSIGN_OR_RETURN(options.prometheus, Listen("Prometheus", flags.prometheus_port));
  GOSSAMER_ASSIGN_OR_RETURN(options.web, Listen("the shop", flags.web_port));
  options.proxy = flags.proxy;
  options.in_place = isatty(STDOUT_FILENO) != 0;
  GOSSAMER_ASSIGN_OR_RETURN(const harness::TemporaryFolder folder,
                            harness::TemporaryFolder::Create("gossamer-demo"));
  options.folder = folder.path();
  return harness::RunIsolated([&] { return RunInside(flags, options); });
}

int Main(int argc, char** argv) {
  Flags flags;
  CLI::App app("Runs a mesh with a sample shop on this machine, and removes it when it ends.",
               kProgram);
  app.set_version_flag("--version", kProgramAndVersion);
  app.add_flag(
      "--check", flags.check,
      "Run the traffic for a while, compare the mesh's figures with the programs' own, and "
      "end with 0 where they agree");
  app.add_option("--check-seconds", flags.check_seconds, "How long --check runs the traffic")
      ->check(CLI::Range(5, 3600))
      ->capture_default_str();
  const CLI::Range ports(1, 65000);
  app.add_option("--api-port", flags.api_port, "Local port of public-api")
      ->check(ports)
      ->capture_default_str();
  app.add_option("--prometheus-port", flags.prometheus_port, "Local port of Prometheus")
      ->check(ports)
      ->capture_default_str();
  app.add_option("--web-port", flags.web_port, "Local port of the shop")
      ->check(ports)
      ->capture_default_str();
  app.add_option("--proxy", flags.proxy,
                 "Another proxy to put beside each program, by its absolute path; it gets the same "
                 "environment")
      ->check(CLI::ExistingFile);
  CLI11_PARSE(app, argc, argv);
  harness::Runfile("");  // Found before the mounts change.
  const absl::StatusOr<int> result = Run(flags);
  if (result.ok()) return *result;
  std::cerr << "gossamer-demo: " << result.status().message() << std::endl;
  return 1;
}

}  // namespace
}  // namespace gossamer::demo

int main(int argc, char** argv) { return gossamer::demo::Main(argc, argv); }
