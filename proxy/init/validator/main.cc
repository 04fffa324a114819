// network-validator: makes sure that a pod's connections are redirected before its proxy starts.
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/log/log.h"
#include "lib/net/ip.h"
#include "proxy/init/validator/validator.h"
#include "proxy/init/validator/version.h"

namespace gossamer::proxy_init {
namespace {

constexpr int kExitUsage = 64;
// What restarts a pod's init container until its node's network is ready.
constexpr int kExitNotRedirected = 95;

struct CommandLine {
  std::string listen = "0.0.0.0:4140";
  std::string connect = "192.0.2.2:1404";
  std::string timeout = "10s";
  std::string log_level = "info";
  log::Format log_format = log::Format::kPlain;
};

void AddFlags(CLI::App& app, CommandLine* line) {
  app.option_defaults()->always_capture_default();
  app.set_version_flag("--version", network_validator::kProgramAndVersion,
                       "Print the version and exit");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.add_option("--listen-addr", line->listen, "Where the proxy will listen for its pod")
      ->type_name("ADDR:PORT");
  app.add_option("--connect-addr", line->connect, "An address at which nobody answers")
      ->type_name("ADDR:PORT");
  app.add_option("--timeout", line->timeout, "How long to wait")->type_name("TIME");
  app.add_option("--log-level", line->log_level, "off, error, warn, info, debug or trace")
      ->envname("LINKERD_NETWORK_VALIDATOR_LOG_LEVEL");
  app.add_option("--log-format", line->log_format, "plain or json")
      ->transform(CLI::CheckedTransformer(std::map<std::string, log::Format>{
          {"plain", log::Format::kPlain}, {"json", log::Format::kJson}}))
      ->default_str("plain")
      ->type_name("FORMAT");
}

int Refuse(absl::string_view message) {
  std::cerr << network_validator::kProgram << ": " << message << "\nTry '"
            << network_validator::kProgram << " --help'.\n";
  return kExitUsage;
}

int Run(const CommandLine& line) {
  const auto listen = net::SocketAddress::Parse(line.listen);
  if (!listen.ok()) return Refuse(absl::StrCat("--listen-addr: ", listen.status().message()));
  const auto connect = net::SocketAddress::Parse(line.connect);
  if (!connect.ok()) return Refuse(absl::StrCat("--connect-addr: ", connect.status().message()));
  absl::Duration timeout;
  if (!absl::ParseDuration(line.timeout, &timeout) || timeout <= absl::ZeroDuration() ||
      timeout > absl::Hours(1)) {
    return Refuse(absl::StrCat("--timeout: '", line.timeout,
                               "' is no time up to 1h; expected one such as 10s"));
  }
  log::Options log_options;
  log_options.format = line.log_format;
  log::Init(log_options);
  if (const absl::Status status = log::SetFilter(line.log_level); !status.ok()) {
    return Refuse(absl::StrCat("--log-level: ", status.message()));
  }
  GOSSAMER_LOG(kInfo, "network_validator", "connecting", {"listen", line.listen},
               {"connect", line.connect});
  const absl::Status status = ValidateRedirection({*listen, *connect, timeout});
  if (status.ok()) {
    GOSSAMER_LOG(kInfo, "network_validator", "connections are redirected");
    return 0;
  }
  GOSSAMER_LOG(kError, "network_validator", "connections are not redirected",
               {"error", status.message()});
  return kExitNotRedirected;
}

}  // namespace
}  // namespace gossamer::proxy_init

int main(int argc, char** argv) {
  namespace proxy_init = gossamer::proxy_init;
  proxy_init::CommandLine line;
  CLI::App app(
      "Makes sure that the connections of its network namespace are redirected to the proxy. Exit "
      "code 0 when they are, 95 when not.",
      gossamer::network_validator::kProgram);
  proxy_init::AddFlags(app, &line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::Error& error) {
    return proxy_init::Refuse(error.what());
  }
  return proxy_init::Run(line);
}
