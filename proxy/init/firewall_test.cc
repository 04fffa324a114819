#include "proxy/init/firewall.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/log/log.h"
#include "lib/status/status_matchers.h"

namespace gossamer::proxy_init {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class FirewallTest : public ::testing::Test {
 protected:
  FirewallTest() {
    options_.rules.inbound_proxy_port = 4143;
    options_.rules.outbound_proxy_port = 4140;
    options_.mode = Mode::kNft;
  }

  Firewall Make() {
    return Firewall(
        options_,
        [this](const Arguments& command) -> absl::StatusOr<std::string> {
          commands_.push_back(absl::StrJoin(command, " "));
          if (!fails_.empty() && absl::StrContains(commands_.back(), fails_)) {
            return absl::InternalError(commands_.back());
          }
          return std::string();
        },
        [this](const std::string& program) { return missing_.count(program) == 0; });
  }

  Firewall::Options options_;
  std::string fails_;
  std::set<std::string> missing_;
  std::vector<std::string> commands_;
};

TEST_F(FirewallTest, ProgramsIpv4ThenIpv6) {
  ASSERT_OK(Make().SetUp());
  ASSERT_THAT(commands_, SizeIs(16));
  EXPECT_EQ(commands_[0], "iptables-nft-save -t nat");
  EXPECT_EQ(commands_[1], "iptables-nft -t nat -N PROXY_INIT_REDIRECT");
  EXPECT_EQ(commands_[8], "ip6tables-nft-save -t nat");
  EXPECT_EQ(commands_[9], "ip6tables-nft -t nat -N PROXY_INIT_REDIRECT");
}

TEST_F(FirewallTest, LeavesIpv6AloneWhenTold) {
  options_.ipv6 = false;
  ASSERT_OK(Make().SetUp());
  EXPECT_THAT(commands_, Each(Not(HasSubstr("ip6tables"))));
}

TEST_F(FirewallTest, WaitsForTheLockInEachRuleCommand) {
  options_.ipv6 = false;
  options_.wait_for_lock = true;
  ASSERT_OK(Make().SetUp());
  EXPECT_THAT(commands_[0], Not(EndsWith("-w")));
  commands_.erase(commands_.begin());
  EXPECT_THAT(commands_, Each(EndsWith(" -w")));
}

TEST_F(FirewallTest, StopsAtTheFirstFailure) {
  fails_ = "-A PROXY_INIT_OUTPUT";
  EXPECT_THAT(Make().SetUp(), StatusIs(absl::StatusCode::kInternal, HasSubstr(fails_)));
  EXPECT_THAT(commands_.back(), HasSubstr(fails_));
  EXPECT_THAT(commands_, Each(Not(HasSubstr("ip6tables"))));
}

struct Fallback {
  std::string test_name;
  Mode wanted;
  std::set<std::string> missing;
  std::string used;
};

class FallbackTest : public FirewallTest, public ::testing::WithParamInterface<Fallback> {};

TEST_P(FallbackTest, TakesTheNextMode) {
  options_.mode = GetParam().wanted;
  missing_ = GetParam().missing;
  ASSERT_OK(Make().SetUp());
  EXPECT_EQ(commands_[0], GetParam().used + "-save -t nat");
}

INSTANTIATE_TEST_SUITE_P(
    All, FallbackTest,
    ::testing::ValuesIn(std::vector<Fallback>{
        {"NftIsThere", Mode::kNft, {}, "iptables-nft"},
        {"LegacyIsThere", Mode::kLegacy, {}, "iptables-legacy"},
        {"PlainIsThere", Mode::kPlain, {}, "iptables"},
        {"NftToPlain", Mode::kNft, {"iptables-nft"}, "iptables"},
        {"NftToLegacy", Mode::kNft, {"iptables-nft", "iptables"}, "iptables-legacy"},
        {"LegacyToNft", Mode::kLegacy, {"iptables-legacy"}, "iptables-nft"},
        {"PlainToNft", Mode::kPlain, {"iptables"}, "iptables-nft"},
    }),
    [](const auto& info) { return info.param.test_name; });

TEST_F(FirewallTest, SaysWhatToInstallWhenNothingIs) {
  missing_ = {"iptables-nft", "iptables-legacy", "iptables"};
  EXPECT_THAT(Make().SetUp(), StatusIs(absl::StatusCode::kNotFound, HasSubstr("iptables-nft")));
  EXPECT_THAT(commands_, IsEmpty());
}

TEST_F(FirewallTest, SimulationLogsEachCommandAndRunsNone) {
  options_.simulate = true;
  options_.ipv6 = false;
  missing_ = {"iptables-nft"};  // Nor does it need the programs.
  ASSERT_OK(log::SetFilter("info"));
  std::vector<std::string> lines;
  {
    log::CaptureForTest capture([&](absl::string_view line) { lines.emplace_back(line); });
    ASSERT_OK(Make().SetUp());
  }
  EXPECT_THAT(commands_, IsEmpty());
  ASSERT_THAT(lines, SizeIs(8));
  EXPECT_THAT(lines[0], HasSubstr("iptables-nft-save -t nat"));
  EXPECT_THAT(lines, Contains(HasSubstr("-A OUTPUT -j PROXY_INIT_OUTPUT")));
}

TEST(ModeOfProgramTest, KnowsTheThreePrograms) {
  EXPECT_EQ(*ModeOfProgram("iptables-nft"), Mode::kNft);
  EXPECT_EQ(*ModeOfProgram("iptables-legacy"), Mode::kLegacy);
  EXPECT_EQ(*ModeOfProgram("iptables"), Mode::kPlain);
  EXPECT_THAT(ModeOfProgram("nft"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("'nft'")));
}

}  // namespace
}  // namespace gossamer::proxy_init
