#include "proxy/init/rules.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"

namespace gossamer::proxy_init {
namespace {

// What iptables-save prints when nothing is set up.
constexpr char kEmpty[] =
    "*nat\n"
    ":PREROUTING ACCEPT [0:0]\n"
    ":INPUT ACCEPT [0:0]\n"
    ":OUTPUT ACCEPT [0:0]\n"
    ":POSTROUTING ACCEPT [0:0]\n"
    "COMMIT\n";

// The parts of it that matter once everything is.
constexpr char kSetUp[] =
    "*nat\n"
    ":PREROUTING ACCEPT [0:0]\n"
    ":OUTPUT ACCEPT [0:0]\n"
    ":PROXY_INIT_OUTPUT - [0:0]\n"
    ":PROXY_INIT_REDIRECT - [0:0]\n"
    "-A PREROUTING -m comment --comment \"proxy-init/install-proxy-init-prerouting\""
    " -j PROXY_INIT_REDIRECT\n"
    "-A OUTPUT -m comment --comment \"by \\\"someone\\\" else\" -j PROXY_INIT_OUTPUT\n"
    "-A PROXY_INIT_OUTPUT -o lo -j RETURN\n"
    "COMMIT\n";

std::string Text(const std::vector<Arguments>& commands) {
  std::string text;
  for (const Arguments& command : commands)
    absl::StrAppend(&text, absl::StrJoin(command, " "), "\n");
  return text;
}

RuleOptions MeshOptions() {
  RuleOptions options;
  options.inbound_proxy_port = 4143;
  options.outbound_proxy_port = 4140;
  options.proxy_uid = 2102;
  options.inbound_ports_to_ignore = {{4190, 4191}, {4567, 4567}};
  options.outbound_ports_to_ignore = {{443, 443}};
  return options;
}

TEST(SetUpRulesTest, RedirectsEverythingButWhatIsIgnored) {
  EXPECT_EQ(Text(SetUpRules(MeshOptions(), Family::kIpv4, kEmpty)),
            "-t nat -N PROXY_INIT_REDIRECT\n"
            "-t nat -A PROXY_INIT_REDIRECT -p tcp --match multiport --dports 4190:4191,4567 "
            "-j RETURN -m comment --comment proxy-init/ignore-port-4190:4191,4567\n"
            "-t nat -A PROXY_INIT_REDIRECT -p tcp -j REDIRECT --to-port 4143 "
            "-m comment --comment proxy-init/redirect-all-incoming-to-proxy-port\n"
            "-t nat -A PREROUTING -j PROXY_INIT_REDIRECT "
            "-m comment --comment proxy-init/install-proxy-init-prerouting\n"
            "-t nat -N PROXY_INIT_OUTPUT\n"
            "-t nat -A PROXY_INIT_OUTPUT -m owner --uid-owner 2102 -j RETURN "
            "-m comment --comment proxy-init/ignore-proxy-user-id\n"
            "-t nat -A PROXY_INIT_OUTPUT -o lo -j RETURN "
            "-m comment --comment proxy-init/ignore-loopback\n"
            "-t nat -A PROXY_INIT_OUTPUT -p tcp --match multiport --dports 443 "
            "-j RETURN -m comment --comment proxy-init/ignore-port-443\n"
            "-t nat -A PROXY_INIT_OUTPUT -p tcp -j REDIRECT --to-port 4140 "
            "-m comment --comment proxy-init/redirect-all-outgoing-to-proxy-port\n"
            "-t nat -A OUTPUT -j PROXY_INIT_OUTPUT "
            "-m comment --comment proxy-init/install-proxy-init-output\n");
}

TEST(SetUpRulesTest, RedirectsOnlyTheWantedPorts) {
  RuleOptions options;
  options.inbound_proxy_port = 1;
  options.outbound_proxy_port = 2;
  options.ports_to_redirect = {80, 443};
  options.proxy_uid = 0;
  options.proxy_gid = 5;
  EXPECT_EQ(Text(SetUpRules(options, Family::kIpv4, kEmpty)),
            "-t nat -N PROXY_INIT_REDIRECT\n"
            "-t nat -A PROXY_INIT_REDIRECT -p tcp --destination-port 80 -j REDIRECT --to-port 1 "
            "-m comment --comment proxy-init/redirect-port-80-to-proxy-port\n"
            "-t nat -A PROXY_INIT_REDIRECT -p tcp --destination-port 443 -j REDIRECT --to-port 1 "
            "-m comment --comment proxy-init/redirect-port-443-to-proxy-port\n"
            "-t nat -A PREROUTING -j PROXY_INIT_REDIRECT "
            "-m comment --comment proxy-init/install-proxy-init-prerouting\n"
            "-t nat -N PROXY_INIT_OUTPUT\n"
            "-t nat -A PROXY_INIT_OUTPUT -m owner --gid-owner 5 -j RETURN "
            "-m comment --comment proxy-init/ignore-proxy-group-id\n"
            "-t nat -A PROXY_INIT_OUTPUT -o lo -j RETURN "
            "-m comment --comment proxy-init/ignore-loopback\n"
            "-t nat -A PROXY_INIT_OUTPUT -p tcp -j REDIRECT --to-port 2 "
            "-m comment --comment proxy-init/redirect-all-outgoing-to-proxy-port\n"
            "-t nat -A OUTPUT -j PROXY_INIT_OUTPUT "
            "-m comment --comment proxy-init/install-proxy-init-output\n");
}

TEST(SetUpRulesTest, IgnoresSubnetsOfTheirFamilyBetweenPortsAndRedirection) {
  RuleOptions options = MeshOptions();
  options.subnets_to_ignore = {*net::IpNetwork::Parse("10.1.0.0/16"),
                               *net::IpNetwork::Parse("fd00::/8")};
  const std::vector<Arguments> v4 = SetUpRules(options, Family::kIpv4, kEmpty);
  EXPECT_EQ(absl::StrJoin(v4[2], " "),
            "-t nat -A PROXY_INIT_REDIRECT -p all -j RETURN -s 10.1.0.0/16 "
            "-m comment --comment proxy-init/ignore-subnet-10.1.0.0/16");
  EXPECT_EQ(Text(v4).find("fd00"), std::string::npos);
  const std::vector<Arguments> v6 = SetUpRules(options, Family::kIpv6, kEmpty);
  EXPECT_EQ(absl::StrJoin(v6[2], " "),
            "-t nat -A PROXY_INIT_REDIRECT -p all -j RETURN -s fd00::/8 "
            "-m comment --comment proxy-init/ignore-subnet-fd00::/8");
  EXPECT_EQ(Text(v6).find("10.1.0.0"), std::string::npos);
}

TEST(SetUpRulesTest, ASecondRunFlushesChainsAndAddsNoJump) {
  const std::string commands = Text(SetUpRules(MeshOptions(), Family::kIpv4, kSetUp));
  EXPECT_NE(commands.find("-t nat -F PROXY_INIT_REDIRECT\n"), std::string::npos);
  EXPECT_NE(commands.find("-t nat -F PROXY_INIT_OUTPUT\n"), std::string::npos);
  EXPECT_EQ(commands.find("-N"), std::string::npos);
  EXPECT_EQ(commands.find("-A PREROUTING"), std::string::npos);
  EXPECT_EQ(commands.find("-A OUTPUT"), std::string::npos);
}

TEST(SetUpRulesTest, IsNotMisledByNamesThatStartLikeOurs) {
  const std::string state =
      ":PROXY_INIT_REDIRECT_OLD - [0:0]\n"
      "-A PREROUTING -j PROXY_INIT_REDIRECT_OLD\n"
      "-A PROXY_INIT_OTHER -j PROXY_INIT_REDIRECT\n";
  EXPECT_EQ(Text(SetUpRules(MeshOptions(), Family::kIpv4, state)),
            Text(SetUpRules(MeshOptions(), Family::kIpv4, kEmpty)));
  EXPECT_EQ(Text(CleanUpRules(state)), "");
}

TEST(CleanUpRulesTest, DeletesJumpsAsTheyAreThenChains) {
  const std::vector<Arguments> commands = CleanUpRules(kSetUp);
  EXPECT_EQ(Text(commands),
            "-t nat -D PREROUTING -m comment --comment proxy-init/install-proxy-init-prerouting "
            "-j PROXY_INIT_REDIRECT\n"
            "-t nat -F PROXY_INIT_REDIRECT\n"
            "-t nat -X PROXY_INIT_REDIRECT\n"
            "-t nat -D OUTPUT -m comment --comment by \"someone\" else -j PROXY_INIT_OUTPUT\n"
            "-t nat -F PROXY_INIT_OUTPUT\n"
            "-t nat -X PROXY_INIT_OUTPUT\n");
  ASSERT_GT(commands.size(), 3U);
  EXPECT_EQ(commands[3][7], "by \"someone\" else");  // One word.
}

TEST(CleanUpRulesTest, DoesNothingWhereNothingIs) { EXPECT_EQ(Text(CleanUpRules(kEmpty)), ""); }

}  // namespace
}  // namespace gossamer::proxy_init
