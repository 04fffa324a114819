#include "proxy/init/rules.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace gossamer::proxy_init {
namespace {

constexpr char kRedirectChain[] = "PROXY_INIT_REDIRECT";
constexpr char kOutputChain[] = "PROXY_INIT_OUTPUT";

// What is ours in the output of iptables-save.
class State {
 public:
  explicit State(absl::string_view saved) : lines_(absl::StrSplit(saved, '\n')) {}

  bool HasChain(absl::string_view chain) const {
    const std::string start = absl::StrCat(":", chain, " ");
    for (const absl::string_view line : lines_) {
      if (absl::StartsWith(line, start)) return true;
    }
    return false;
  }

  // The rules of `from` that jump to `to`, as they are saved.
  std::vector<absl::string_view> Jumps(absl::string_view from, absl::string_view to) const {
    const std::string start = absl::StrCat("-A ", from, " ");
    const std::string end = absl::StrCat(" -j ", to);
    std::vector<absl::string_view> jumps;
    for (absl::string_view line : lines_) {
      line = absl::StripTrailingAsciiWhitespace(line);
      if (absl::StartsWith(line, start) && absl::EndsWith(line, end)) jumps.push_back(line);
    }
    return jumps;
  }

 private:
  const std::vector<absl::string_view> lines_;
};

class RuleWriter {
 public:
  explicit RuleWriter(const State& state) : state_(state) {}

  void MakeOrFlush(absl::string_view chain) {
    commands_.push_back({"-t", "nat", state_.HasChain(chain) ? "-F" : "-N", std::string(chain)});
  }

  void Append(absl::string_view chain, const Arguments& rule, absl::string_view comment) {
    Arguments command = {"-t", "nat", "-A", std::string(chain)};
    command.insert(command.end(), rule.begin(), rule.end());
    for (const char* argument : {"-m", "comment", "--comment"}) command.emplace_back(argument);
    command.push_back(absl::StrCat("proxy-init/", comment));
    commands_.push_back(std::move(command));
  }

  void IgnorePorts(absl::string_view chain, const std::vector<PortRange>& ranges) {
    for (const std::string& list : MultiportLists(ranges)) {
      Append(chain, {"-p", "tcp", "--match", "multiport", "--dports", list, "-j", "RETURN"},
             absl::StrCat("ignore-port-", list));
    }
  }

  void Jump(absl::string_view from, absl::string_view to, absl::string_view comment) {
    if (state_.Jumps(from, to).empty()) Append(from, {"-j", std::string(to)}, comment);
  }

  std::vector<Arguments> Take() { return std::move(commands_); }

 private:
  const State& state_;
  std::vector<Arguments> commands_;
};

void WriteInbound(const RuleOptions& options, Family family, RuleWriter& writer) {
  writer.MakeOrFlush(kRedirectChain);
  writer.IgnorePorts(kRedirectChain, options.inbound_ports_to_ignore);
  for (const net::IpNetwork& subnet : options.subnets_to_ignore) {
    if (subnet.ip().is_v4() != (family == Family::kIpv4)) continue;
    const std::string cidr = subnet.ToString();
    writer.Append(kRedirectChain, {"-p", "all", "-j", "RETURN", "-s", cidr},
                  absl::StrCat("ignore-subnet-", cidr));
  }
  const std::string to = absl::StrCat(options.inbound_proxy_port);
  for (const uint16_t wanted : options.ports_to_redirect) {
    const std::string port = absl::StrCat(wanted);
    writer.Append(kRedirectChain,
                  {"-p", "tcp", "--destination-port", port, "-j", "REDIRECT", "--to-port", to},
                  absl::StrCat("redirect-port-", port, "-to-proxy-port"));
  }
  if (options.ports_to_redirect.empty()) {
    writer.Append(kRedirectChain, {"-p", "tcp", "-j", "REDIRECT", "--to-port", to},
                  "redirect-all-incoming-to-proxy-port");
  }
  writer.Jump("PREROUTING", kRedirectChain, "install-proxy-init-prerouting");
}

void WriteOutbound(const RuleOptions& options, RuleWriter& writer) {
  writer.MakeOrFlush(kOutputChain);
  if (options.proxy_uid > 0) {
    writer.Append(kOutputChain,
                  {"-m", "owner", "--uid-owner", absl::StrCat(options.proxy_uid), "-j", "RETURN"},
                  "ignore-proxy-user-id");
  }
  if (options.proxy_gid > 0) {
    writer.Append(kOutputChain,
                  {"-m", "owner", "--gid-owner", absl::StrCat(options.proxy_gid), "-j", "RETURN"},
                  "ignore-proxy-group-id");
  }
  writer.Append(kOutputChain, {"-o", "lo", "-j", "RETURN"}, "ignore-loopback");
  writer.IgnorePorts(kOutputChain, options.outbound_ports_to_ignore);
  writer.Append(
      kOutputChain,
      {"-p", "tcp", "-j", "REDIRECT", "--to-port", absl::StrCat(options.outbound_proxy_port)},
      "redirect-all-outgoing-to-proxy-port");
  writer.Jump("OUTPUT", kOutputChain, "install-proxy-init-output");
}

// The words of a saved rule. Comments stand in double quotes, with a backslash before what is
// special in them.
Arguments Words(absl::string_view rule) {
  Arguments words(1);
  bool quoted = false;
  for (size_t i = 0; i < rule.size(); ++i) {
    if (rule[i] == '"') {
      quoted = !quoted;
    } else if (rule[i] == ' ' && !quoted) {
      words.emplace_back();
    } else {
      if (rule[i] == '\\' && quoted && i + 1 < rule.size()) ++i;
      words.back() += rule[i];
    }
  }
  return words;
}

// The jumps go first: nothing is to enter a chain that is being emptied.
void RemoveChain(const State& state, absl::string_view from, absl::string_view chain,
                 std::vector<Arguments>& commands) {
  for (const absl::string_view jump : state.Jumps(from, chain)) {
    // As it was saved, whoever added it and with whatever comment: "-A CHAIN ..." to "-D CHAIN
    // ...".
    Arguments command = {"-t", "nat"};
    for (std::string& word : Words(jump)) command.push_back(std::move(word));
    command[2] = "-D";
    commands.push_back(std::move(command));
  }
  if (!state.HasChain(chain)) return;
  commands.push_back({"-t", "nat", "-F", std::string(chain)});
  commands.push_back({"-t", "nat", "-X", std::string(chain)});
}

}  // namespace

std::vector<Arguments> SetUpRules(const RuleOptions& options, Family family,
                                  absl::string_view state) {
  const State now(state);
  RuleWriter writer(now);
  WriteInbound(options, family, writer);
  WriteOutbound(options, writer);
  return writer.Take();
}

std::vector<Arguments> CleanUpRules(absl::string_view state) {
  const State now(state);
  std::vector<Arguments> commands;
  RemoveChain(now, "PREROUTING", kRedirectChain, commands);
  RemoveChain(now, "OUTPUT", kOutputChain, commands);
  return commands;
}

}  // namespace gossamer::proxy_init
