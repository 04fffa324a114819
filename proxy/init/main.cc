// proxy-init: makes a pod's connections pass through its proxy.
#include <cstdint>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/log/log.h"
#include "lib/net/ip.h"
#include "lib/status/status_macros.h"
#include "proxy/init/command.h"
#include "proxy/init/firewall.h"
#include "proxy/init/namespace.h"
#include "proxy/init/ports.h"
#include "proxy/init/version.h"

namespace gossamer::proxy_init {
namespace {

constexpr int kExitFailure = 1;
constexpr int kExitUsage = 64;

constexpr char kDescription[] =
    "Programs the firewall of a network namespace so that TCP connections of its programs, in and "
    "out, pass through their proxy. Needs the capabilities NET_ADMIN and NET_RAW. Running it again "
    "gives the same rules.";
constexpr char kExamples[] =
    "Examples:\n"
    "  proxy-init -p 4143 -o 4140 -u 2102 --inbound-ports-to-ignore 4190,4191\n"
    "      Redirects everything but the proxy's own connections and its admin ports\n"
    "  proxy-init -p 4143 -o 4140 -u 2102 --simulate\n"
    "      Logs the commands and runs none\n"
    "  proxy-init --cleanup\n"
    "      Removes the rules";

struct CommandLine {
  Firewall::Options options;
  std::string netns;           // The path of a network namespace; empty: our own.
  int close_wait_seconds = 0;  // 0 leaves the kernel's setting.
  bool cleanup = false;
  std::string log_level = "info";
  log::Format log_format = log::Format::kPlain;
};

[[noreturn]] void Invalid(const std::string& flag, absl::string_view message) {
  throw CLI::ValidationError(flag, std::string(message));
}

void AddPorts(CLI::App& app, const std::string& flag, std::vector<PortRange>* ranges,
              const std::string& description) {
  app.add_option_function<std::vector<std::string>>(
         flag,
         [flag, ranges](const std::vector<std::string>& lists) {
           for (const std::string& list : lists) {
             auto parsed = ParsePortRanges(list);
             if (!parsed.ok()) Invalid(flag, parsed.status().message());
             ranges->insert(ranges->end(), parsed->begin(), parsed->end());
           }
         },
         description)
      ->type_name("PORTS");
}

void AddRuleFlags(CLI::App& app, RuleOptions* rules) {
  app.add_option("-p,--incoming-proxy-port", rules->inbound_proxy_port,
                 "Where inbound connections go: 4143 in a mesh")
      ->check(CLI::Range(1, 65535))
      ->type_name("PORT");
  app.add_option("-o,--outgoing-proxy-port", rules->outbound_proxy_port,
                 "Where outbound connections go: 4140 in a mesh")
      ->check(CLI::Range(1, 65535))
      ->type_name("PORT");
  app.add_option("-u,--proxy-uid", rules->proxy_uid,
                 "The proxy's user, whose connections are not redirected: 2102 in a mesh")
      ->type_name("UID");
  app.add_option("-g,--proxy-gid", rules->proxy_gid,
                 "The proxy's group, whose connections are not redirected")
      ->type_name("GID");
  app.add_option("-r,--ports-to-redirect", rules->ports_to_redirect,
                 "Inbound ports to redirect; all when not given")
      ->delimiter(',')
      ->check(CLI::Range(1, 65535))
      ->type_name("PORTS");
  AddPorts(app, "--inbound-ports-to-ignore", &rules->inbound_ports_to_ignore,
           "Inbound ports and ranges (8000-8999) that are not redirected");
  AddPorts(app, "--outbound-ports-to-ignore", &rules->outbound_ports_to_ignore,
           "Outbound ports and ranges that are not redirected");
  app.add_option_function<std::vector<std::string>>(
         "--subnets-to-ignore",
         [rules](const std::vector<std::string>& cidrs) {
           for (const std::string& cidr : cidrs) {
             const auto subnet = net::IpNetwork::Parse(cidr);
             if (!subnet.ok()) Invalid("--subnets-to-ignore", subnet.status().message());
             rules->subnets_to_ignore.push_back(*subnet);
           }
         },
         "Clients whose inbound connections are not redirected")
      ->delimiter(',')
      ->type_name("CIDRS");
}

void AddModeFlags(CLI::App& app, Mode* mode) {
  app.add_option("--iptables-mode", *mode, "Which iptables to use: legacy, nft or plain")
      ->transform(CLI::CheckedTransformer(std::map<std::string, Mode>{
          {"legacy", Mode::kLegacy}, {"nft", Mode::kNft}, {"plain", Mode::kPlain}}))
      ->default_str("legacy")
      ->type_name("MODE");
  app.add_option_function<std::string>(
         "--firewall-bin-path",
         [mode](const std::string& name) {
           const auto named = ModeOfProgram(name);
           if (!named.ok()) Invalid("--firewall-bin-path", named.status().message());
           *mode = *named;
         },
         "The mode by its program: iptables-nft, iptables-legacy or iptables")
      ->type_name("NAME");
  // The mode says it already; here for command lines that name both programs.
  app.add_option_function<std::string>(
         "--firewall-save-bin-path", [](const std::string&) {}, "Has no effect")
      ->type_name("NAME");
}

void AddFlags(CLI::App& app, CommandLine* line) {
  app.set_version_flag("--version", kProgramAndVersion, "Print the version and exit");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.footer(kExamples);
  AddRuleFlags(app, &line->options.rules);
  AddModeFlags(app, &line->options.mode);
  app.add_flag("--ipv6,!--no-ipv6", line->options.ipv6, "Also program IPv6 (the default)");
  app.add_flag("--simulate", line->options.simulate, "Log the commands and run none");
  app.add_option("--netns", line->netns, "The network namespace to program, by its path")
      ->type_name("PATH");
  app.add_flag("-w,--use-wait-flag", line->options.wait_for_lock,
               "Wait for the firewall's lock instead of failing");
  app.add_option("--timeout-close-wait-secs", line->close_wait_seconds,
                 "Above 0: for how many seconds a half-closed connection is tracked")
      ->check(CLI::NonNegativeNumber)
      ->type_name("SECONDS");
  app.add_flag("--cleanup", line->cleanup, "Remove the rules");
  app.add_option("--log-level", line->log_level, "off, error, warn, info, debug or trace");
  app.add_option("--log-format", line->log_format, "plain or json")
      ->transform(CLI::CheckedTransformer(std::map<std::string, log::Format>{
          {"plain", log::Format::kPlain}, {"json", log::Format::kJson}}))
      ->default_str("plain")
      ->type_name("FORMAT");
}

int Refuse(absl::string_view message) {
  std::cerr << kProgram << ": " << message << "\nTry '" << kProgram << " --help'.\n";
  return kExitUsage;
}

absl::Status Apply(const CommandLine& line) {
  const bool simulate = line.options.simulate;
  if (!line.netns.empty()) {
    GOSSAMER_LOG(kInfo, "proxy_init", simulate ? "would enter namespace" : "enter namespace",
                 {"path", line.netns});
    if (!simulate) GOSSAMER_RETURN_IF_ERROR(EnterNetworkNamespace(line.netns));
  }
  if (line.close_wait_seconds > 0 && !line.cleanup) {
    GOSSAMER_LOG(kInfo, "proxy_init",
                 simulate ? "would set close-wait timeout" : "set close-wait timeout",
                 {"seconds", line.close_wait_seconds});
    if (!simulate) GOSSAMER_RETURN_IF_ERROR(SetCloseWaitTimeout(line.close_wait_seconds));
  }
  Firewall firewall(line.options, RunCommand,
                    [](const std::string& program) { return !FindProgram(program).empty(); });
  return line.cleanup ? firewall.CleanUp() : firewall.SetUp();
}

int Run(const CommandLine& line) {
  const RuleOptions& rules = line.options.rules;
  if (!line.cleanup && rules.inbound_proxy_port == 0) {
    return Refuse("--incoming-proxy-port is required");
  }
  if (!line.cleanup && rules.outbound_proxy_port == 0) {
    return Refuse("--outgoing-proxy-port is required");
  }
  log::Options log_options;
  log_options.format = line.log_format;
  log::Init(log_options);
  if (const absl::Status status = log::SetFilter(line.log_level); !status.ok()) {
    return Refuse(absl::StrCat("--log-level: ", status.message()));
  }
  const absl::Status status = Apply(line);
  if (status.ok()) return 0;
  GOSSAMER_LOG(kError, "proxy_init", "failed", {"error", status.message()});
  return kExitFailure;
}

}  // namespace
}  // namespace gossamer::proxy_init

int main(int argc, char** argv) {
  namespace proxy_init = gossamer::proxy_init;
  proxy_init::CommandLine line;
  CLI::App app(proxy_init::kDescription, proxy_init::kProgram);
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
