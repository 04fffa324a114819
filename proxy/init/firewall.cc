#include "proxy/init/firewall.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/log/log.h"
#include "lib/status/status_macros.h"

namespace gossamer::proxy_init {
namespace {

const char* ModeSuffix(Mode mode) {
  switch (mode) {
    case Mode::kNft:
      return "-nft";
    case Mode::kLegacy:
      return "-legacy";
    case Mode::kPlain:
      return "";
  }
  return "";
}

}  // namespace

std::string ProgramName(Mode mode, Family family) {
  return absl::StrCat(family == Family::kIpv4 ? "iptables" : "ip6tables", ModeSuffix(mode));
}

absl::StatusOr<Mode> ModeOfProgram(absl::string_view name) {
  for (const Mode mode : {Mode::kNft, Mode::kLegacy, Mode::kPlain}) {
    if (name == ProgramName(mode, Family::kIpv4)) return mode;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "'", name, "' is not supported; expected iptables-nft, iptables-legacy or iptables"));
}

Firewall::Firewall(Options options, CommandRunner run, ProgramFinder find)
    : options_(std::move(options)),
      run_(std::move(run)),
      find_(std::move(find)),
      mode_(options_.mode) {}

absl::Status Firewall::SetUp() { return Apply(Action::kSetUp); }

absl::Status Firewall::CleanUp() { return Apply(Action::kCleanUp); }

absl::Status Firewall::ChooseMode() {
  for (const Mode mode : {options_.mode, Mode::kNft, Mode::kPlain, Mode::kLegacy}) {
    const std::string program = ProgramName(mode, Family::kIpv4);
    if (!find_(program)) continue;
    mode_ = mode;
    if (mode != options_.mode) {
      GOSSAMER_LOG(kWarn, "proxy_init", "programs of the wanted mode are missing",
                   {"wanted", ProgramName(options_.mode, Family::kIpv4)}, {"instead", program});
    }
    return absl::OkStatus();
  }
  return absl::NotFoundError(
      "neither iptables-nft, iptables nor iptables-legacy is installed; one of them is needed");
}

absl::Status Firewall::Apply(Action action) {
  if (!options_.simulate) GOSSAMER_RETURN_IF_ERROR(ChooseMode());
  GOSSAMER_RETURN_IF_ERROR(ApplyFamily(action, Family::kIpv4));
  if (options_.ipv6) GOSSAMER_RETURN_IF_ERROR(ApplyFamily(action, Family::kIpv6));
  return absl::OkStatus();
}

absl::Status Firewall::ApplyFamily(Action action, Family family) {
  const std::string program = ProgramName(mode_, family);
  GOSSAMER_ASSIGN_OR_RETURN(const std::string state,
                            Run({absl::StrCat(program, "-save"), "-t", "nat"}));
  const std::vector<Arguments> rules =
      action == Action::kSetUp ? SetUpRules(options_.rules, family, state) : CleanUpRules(state);
  for (const Arguments& rule : rules) {
    Arguments command = {program};
    command.insert(command.end(), rule.begin(), rule.end());
    if (options_.wait_for_lock) command.emplace_back("-w");
    GOSSAMER_RETURN_IF_ERROR(Run(std::move(command)).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Firewall::Run(Arguments command) {
  GOSSAMER_LOG(kInfo, "proxy_init", options_.simulate ? "would run" : "run",
               {"command", absl::StrJoin(command, " ")});
  if (options_.simulate) return std::string();
  GOSSAMER_ASSIGN_OR_RETURN(std::string output, run_(command));
  GOSSAMER_LOG(kDebug, "proxy_init", "output", {"text", output});
  return output;
}

}  // namespace gossamer::proxy_init
