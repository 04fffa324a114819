#include "lib/service/flags.h"

#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/log/log.h"

namespace gossamer::service {
namespace {

using ::testing::HasSubstr;
using ::testing::internal::CaptureStderr;
using ::testing::internal::CaptureStdout;
using ::testing::internal::GetCapturedStderr;
using ::testing::internal::GetCapturedStdout;

class FlagsTest : public ::testing::Test {
 protected:
  FlagsTest() : flags_({"gossamer-test", "1.2.3", "Tests flags.", "0.0.0.0:9990"}) {
    flags_.AddListenAddress("--grpc-addr", &address_, "Where to serve");
    flags_.AddDuration("--lifetime", &lifetime_, "How long");
    flags_.AddExample("gossamer-test --lifetime 1h", "Lives an hour");
  }

  std::optional<int> Parse(std::initializer_list<const char*> args) {
    std::vector<const char*> argv = {"gossamer-test"};
    argv.insert(argv.end(), args);
    return flags_.Parse(static_cast<int>(argv.size()), argv.data());
  }

  std::string address_ = "0.0.0.0:8080";
  absl::Duration lifetime_ = absl::Hours(24);
  Flags flags_;
};

TEST_F(FlagsTest, HaveDefaults) {
  EXPECT_EQ(Parse({}), std::nullopt);
  EXPECT_EQ(flags_.admin_address(), "0.0.0.0:9990");
  EXPECT_EQ(flags_.shutdown_grace(), absl::Seconds(10));
  EXPECT_EQ(address_, "0.0.0.0:8080");
  EXPECT_EQ(lifetime_, absl::Hours(24));
  EXPECT_EQ(log::FilterText(), "info");
}

TEST_F(FlagsTest, AreRead) {
  EXPECT_EQ(Parse({"--admin-addr", "[::1]:1", "--grpc-addr=:81", "--lifetime", "1h30m",
                   "--shutdown-grace=0s", "--log-level", "warn,destination=trace", "--log-format",
                   "json"}),
            std::nullopt);
  EXPECT_EQ(flags_.admin_address(), "[::1]:1");
  EXPECT_EQ(address_, "0.0.0.0:81");
  EXPECT_EQ(lifetime_, absl::Minutes(90));
  EXPECT_EQ(flags_.shutdown_grace(), absl::ZeroDuration());
  EXPECT_EQ(log::FilterText(), "warn,destination=trace");
}

TEST_F(FlagsTest, VersionIsPrintedAndEndsTheProgram) {
  CaptureStdout();
  EXPECT_EQ(Parse({"--version"}), 0);
  EXPECT_EQ(GetCapturedStdout(), "gossamer-test 1.2.3\n");
}

TEST_F(FlagsTest, HelpTellsFlagsDefaultsAndExamples) {
  CaptureStdout();
  EXPECT_EQ(Parse({"--help"}), 0);
  const std::string help = GetCapturedStdout();
  for (const char* part : {"Tests flags.", "--grpc-addr", "0.0.0.0:8080", "--lifetime", "24h",
                           "--log-level", "--log-format", "--admin-addr", "--shutdown-grace",
                           "gossamer-test --lifetime 1h", "Lives an hour"}) {
    EXPECT_THAT(help, HasSubstr(part));
  }
}

struct BadFlags {
  std::string test_name;
  std::vector<const char*> args;
  std::string message;
};

class BadFlagsTest : public FlagsTest, public ::testing::WithParamInterface<BadFlags> {};

TEST_P(BadFlagsTest, AreRefusedByName) {
  std::vector<const char*> argv = {"gossamer-test"};
  argv.insert(argv.end(), GetParam().args.begin(), GetParam().args.end());
  CaptureStderr();
  EXPECT_EQ(flags_.Parse(static_cast<int>(argv.size()), argv.data()), kExitUsage);
  const std::string error = GetCapturedStderr();
  EXPECT_THAT(error, HasSubstr("gossamer-test: "));
  EXPECT_THAT(error, HasSubstr(GetParam().message));
  EXPECT_THAT(error, HasSubstr("Try 'gossamer-test --help'."));
}

INSTANTIATE_TEST_SUITE_P(All, BadFlagsTest,
                         ::testing::ValuesIn(std::vector<BadFlags>{
                             {"Unknown", {"--bogus"}, "--bogus"},
                             {"Stray", {"stray"}, "stray"},
                             {"ValueMissing", {"--grpc-addr"}, "--grpc-addr"},
                             {"NoPort", {"--grpc-addr", "127.0.0.1"}, "--grpc-addr"},
                             {"HostName", {"--grpc-addr", "localhost:80"}, "'localhost:80'"},
                             {"PortTooLarge", {"--admin-addr", "127.0.0.1:65536"}, "--admin-addr"},
                             {"NoTime", {"--lifetime", "10"}, "--lifetime: '10'"},
                             {"NegativeTime", {"--shutdown-grace", "-1s"}, "--shutdown-grace"},
                             {"Format", {"--log-format", "xml"}, "--log-format"},
                             {"Level", {"--log-level", "info,destination=loud"}, "--log-level"},
                         }),
                         [](const auto& info) { return info.param.test_name; });

}  // namespace
}  // namespace gossamer::service
