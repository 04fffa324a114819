#include "tests/support/metrics_text.h"

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gossamer::harness {
namespace {

using ::testing::HasSubstr;

constexpr char kPage[] = R"(# HELP response_total Responses.
# TYPE response_total counter
response_total{direction="inbound",tls="true",status_code="200"} 40
response_total{direction="inbound",tls="true",status_code="503"} 2
response_total{direction="outbound",tls="no_identity",status_code="200"} 7 1700000000000
process_open_fds 12
text{value="a \"quoted\" \\ and\na line"} +Inf
# EOF
)";

TEST(MetricsTextTest, SumsWhatMatches) {
  const auto samples = ParseMetrics(kPage);
  ASSERT_TRUE(samples.ok()) << samples.status();
  EXPECT_EQ(Sum(*samples, {"response_total", {{"direction", "inbound"}}}), 42);
  EXPECT_EQ(Sum(*samples, {"response_total", {}, {{"tls", "true"}}}), 7);
  EXPECT_EQ(Sum(*samples, {"response_total", {{"absent", ""}}}), 49);
  EXPECT_EQ(Sum(*samples, {"process_open_fds", {}}), 12);
  EXPECT_EQ(Sum(*samples, {"response", {}}), 0);
}

TEST(MetricsTextTest, UnescapesLabelValues) {
  const auto samples = ParseMetrics(kPage);
  ASSERT_TRUE(samples.ok());
  EXPECT_EQ(samples->back().labels.at("value"), "a \"quoted\" \\ and\na line");
}

TEST(MetricsTextTest, QuotesALineThatIsNoSample) {
  for (const char* line : {"name", "name x", "{a=\"b\"} 1", "name{a=\"b} 1", "name{a} 1",
                           "name{a=\"b\"} 1 2 3", "name{a=\"b\""}) {
    const auto samples = ParseMetrics(line);
    EXPECT_TRUE(absl::IsInvalidArgument(samples.status())) << line;
    EXPECT_THAT(std::string(samples.status().message()), HasSubstr(line));
  }
}

}  // namespace
}  // namespace gossamer::harness
