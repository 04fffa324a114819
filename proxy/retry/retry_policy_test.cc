#include "proxy/retry/retry_policy.h"

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace gossamer::proxy {
namespace {

using End = Attempt::End;
using Verdict = Retries::Verdict;

RetryPolicy Policy() {
  RetryPolicy policy;
  policy.retries_max = 2;
  policy.http_statuses = {{500, 502}, {404, 404}};
  policy.grpc_codes = 1u << 14 | 1u << 1;
  policy.header_timeout = absl::Seconds(1);
  return policy;
}

TEST(RetryPolicyTest, CoversTheListedStatuses) {
  const RetryPolicy policy = Policy();
  for (const int status : {404, 500, 501, 502}) {
    EXPECT_TRUE(policy.Covers({End::kResponse, status, -1})) << status;
  }
  for (const int status : {200, 403, 405, 499, 503}) {
    EXPECT_FALSE(policy.Covers({End::kResponse, status, -1})) << status;
  }
}

TEST(RetryPolicyTest, CoversTheListedGrpcCodes) {
  const RetryPolicy policy = Policy();
  for (int code = -1; code < 40; ++code) {
    EXPECT_EQ(policy.Covers({End::kResponse, 200, code}), code == 1 || code == 14) << code;
  }
}

TEST(RetryPolicyTest, CoversWhatNoServerHasSeen) {
  const RetryPolicy empty;
  EXPECT_TRUE(empty.Covers({End::kFailfast}));
  EXPECT_TRUE(empty.Covers({End::kHeaderTimeout}));
  EXPECT_TRUE(empty.Covers({End::kRefusedStream}));
  EXPECT_FALSE(empty.Covers({End::kOther}));
  EXPECT_FALSE(empty.Covers({End::kResponse, 500, 14}));
}

TEST(RetryPolicyTest, NeverAddsLoadToWhatShedsIt) {
  EXPECT_FALSE(Policy().Covers({End::kLoadShed, 500, 14}));
}

TEST(RetriesTest, StopsAtTheLimit) {
  const RetryPolicy policy = Policy();
  Retries retries(&policy);
  EXPECT_EQ(retries.OnEnd({End::kResponse, 500}, true), Verdict::kRetry);
  EXPECT_EQ(retries.OnEnd({End::kResponse, 404}, true), Verdict::kRetry);
  EXPECT_EQ(retries.OnEnd({End::kResponse, 500}, true), Verdict::kLimitExceeded);
  EXPECT_EQ(retries.retries(), 2u);
}

TEST(RetriesTest, ReturnsWhatIsNotCovered) {
  const RetryPolicy policy = Policy();
  Retries retries(&policy);
  EXPECT_EQ(retries.OnEnd({End::kResponse, 200}, true), Verdict::kNotCovered);
}

TEST(RetriesTest, NeedsTheWholeBody) {
  const RetryPolicy policy = Policy();
  Retries retries(&policy);
  EXPECT_EQ(retries.OnEnd({End::kResponse, 500}, false), Verdict::kBodyTooLarge);
  EXPECT_EQ(retries.retries(), 0u);
}

TEST(RetriesTest, GivesTheLastAttemptAllTheTimeThereIs) {
  const RetryPolicy policy = Policy();
  Retries retries(&policy);
  EXPECT_EQ(retries.header_timeout(), absl::Seconds(1));
  ASSERT_EQ(retries.OnEnd({End::kHeaderTimeout}, true), Verdict::kRetry);
  EXPECT_EQ(retries.header_timeout(), absl::Seconds(1));
  ASSERT_EQ(retries.OnEnd({End::kHeaderTimeout}, true), Verdict::kRetry);
  EXPECT_TRUE(retries.is_last());
  EXPECT_EQ(retries.header_timeout(), absl::ZeroDuration());
}

}  // namespace
}  // namespace gossamer::proxy
