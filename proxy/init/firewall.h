#ifndef PROXY_INIT_FIREWALL_H_
#define PROXY_INIT_FIREWALL_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proxy/init/rules.h"

namespace gossamer::proxy_init {

// Which of the kernel's two firewalls to program, by the name of the tools.
enum class Mode {
  kNft,     // iptables-nft: nf_tables.
  kLegacy,  // iptables-legacy: the older x_tables.
  kPlain,   // iptables: whichever the system has chosen.
};

// Runs a program to its end and returns what it printed on standard output. An error says which
// command failed and what it printed. The first word is looked up where system programs are.
using CommandRunner = std::function<absl::StatusOr<std::string>(const Arguments& command)>;
// Whether a program exists.
using ProgramFinder = std::function<bool(const std::string& program)>;

// Sets up and removes the redirections of our network namespace, by the iptables programs.
//
// Used once, by main(). Stops at the first command that fails: a rule set with a hole would let
// traffic bypass the proxy, so the pod is not to start.
class Firewall {
 public:
  struct Options {
    RuleOptions rules;
    Mode mode = Mode::kLegacy;
    bool ipv6 = true;
    bool wait_for_lock = false;
    // Logs what it would run, and takes the nat tables to be empty.
    bool simulate = false;
  };

  Firewall(Options options, CommandRunner run, ProgramFinder find);

  absl::Status SetUp();
  absl::Status CleanUp();

 private:
  enum class Action { kSetUp, kCleanUp };

  // Falls back to another mode where the wanted one's programs are missing.
  absl::Status ChooseMode();
  absl::Status Apply(Action action);
  absl::Status ApplyFamily(Action action, Family family);
  // Runs a command, or only logs it.
  absl::StatusOr<std::string> Run(Arguments command);

  const Options options_;
  const CommandRunner run_;
  const ProgramFinder find_;
  Mode mode_;
};

// The program for a mode and family: "iptables-nft", "ip6tables".
std::string ProgramName(Mode mode, Family family);

// The mode that a name of the iptables program stands for; InvalidArgument for another name.
absl::StatusOr<Mode> ModeOfProgram(absl::string_view name);

}  // namespace gossamer::proxy_init

#endif  // PROXY_INIT_FIREWALL_H_
