#include "lib/log/log.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"

namespace gossamer::log {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LogTest : public testing::Test {
 protected:
  LogTest() : capture_([this](absl::string_view line) { lines_.emplace_back(line); }) {}
  ~LogTest() override {
    Init({});
    EXPECT_OK(SetFilter("warn"));
  }

  std::vector<std::string> lines_;
  CaptureForTest capture_;
};

TEST_F(LogTest, DoesNotEvaluateALineThatIsOff) {
  int evaluated = 0;
  const auto log = [&] { GOSSAMER_LOG(kInfo, "log_test", "hello", {"n", ++evaluated}); };
  log();
  EXPECT_EQ(evaluated, 0);
  EXPECT_OK(SetFilter("info"));
  log();
  EXPECT_EQ(evaluated, 1);
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("log_test: hello n=1\n")));
}

TEST_F(LogTest, AFilterChangeReachesStatementsThatHaveRunBefore) {
  const auto log = [] { GOSSAMER_LOG(kDebug, "log_test::a", "x"); };
  log();
  EXPECT_OK(SetFilter("warn,log_test::a=debug"));
  log();
  EXPECT_OK(SetFilter("warn,log_test::a=info"));
  log();
  EXPECT_EQ(lines_.size(), 1u);
}

TEST_F(LogTest, KeepsTheFilterWhenTheNewOneIsBad) {
  EXPECT_OK(SetFilter("info,x=debug"));
  EXPECT_THAT(SetFilter("x=loud"), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("loud")));
  EXPECT_EQ(FilterText(), "info,x=debug");
}

TEST_F(LogTest, SwitchesLinesOffByTheirFields) {
  EXPECT_OK(SetFilter("info,[{headers}]=off"));
  GOSSAMER_LOG(kInfo, "log_test", "request", {"headers", "secret: 1"});
  EXPECT_THAT(lines_, IsEmpty());
  GOSSAMER_LOG(kInfo, "log_test", "request", {"path", "/"});
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("path=/")));
}

TEST_F(LogTest, LimitsTheRateOfAStatement) {
  for (int i = 0; i < 10; ++i) {
    GOSSAMER_LOG_EVERY(absl::Hours(1), kWarn, "log_test", "accept failed", {"errno", i});
  }
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("errno=0 suppressed=0")));
  lines_.clear();
  for (int i = 0; i < 3; ++i) GOSSAMER_LOG_EVERY(absl::ZeroDuration(), kWarn, "log_test", "x");
  EXPECT_EQ(lines_.size(), 3u);
}

TEST_F(LogTest, CountsWhatTheRateLimitHeldBack) {
  RateLimit limit;
  uint64_t suppressed = 7;
  EXPECT_TRUE(limit.Allow(absl::Hours(1), &suppressed));
  EXPECT_EQ(suppressed, 0u);
  EXPECT_FALSE(limit.Allow(absl::Hours(1), &suppressed));
  EXPECT_FALSE(limit.Allow(absl::Hours(1), &suppressed));
}

TEST_F(LogTest, WritesJson) {
  Init({.format = Format::kJson});
  GOSSAMER_LOG(kError, "log_test", "no", {"status", absl::NotFoundError("gone")});
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("\"message\":\"no\",\"status\":\"NOT_FOUND: gone\"")));
}

TEST_F(LogTest, ThreadsLogWhileTheFilterChanges) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([] {
      for (int i = 0; i < 500; ++i) GOSSAMER_LOG(kInfo, "log_test::threads", "x", {"i", i});
    });
  }
  for (int i = 0; i < 200; ++i) EXPECT_OK(SetFilter(i % 2 == 0 ? "off" : "info,[{y}]=off"));
  for (std::thread& thread : threads) thread.join();
  for (const std::string& line : lines_) EXPECT_THAT(line, HasSubstr("log_test::threads: x i="));
}

TEST(LogToFileTest, WritesOneLineToTheDescriptor) {
  std::string path = absl::StrCat(testing::TempDir(), "/logXXXXXX");
  const int fd = mkstemp(path.data());
  ASSERT_GE(fd, 0);
  Init({.fd = fd});
  GOSSAMER_LOG(kWarn, "log_test", "to a file");
  Init({});
  struct stat info;
  ASSERT_EQ(fstat(fd, &info), 0);
  EXPECT_EQ(info.st_size, static_cast<off_t>(std::string("[     0.000000s]  WARN ThreadId(01) "
                                                         "log_test: to a file\n")
                                                 .size()));
  close(fd);
}

}  // namespace
}  // namespace gossamer::log
