#include "proxy/retry/request_overrides.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace gossamer::proxy {
namespace {

std::string RangesText(absl::string_view list) {
  std::string text;
  for (const StatusRange& range : ParseStatusRanges(list)) {
    absl::StrAppend(&text, range.first, "-", range.last, " ");
  }
  return text;
}

TEST(ParseStatusRangesTest, TakesEachForm) {
  EXPECT_EQ(RangesText("5xx"), "500-599 ");
  EXPECT_EQ(RangesText("Gateway-Error,404,500-502,5XX"), "502-504 404-404 500-502 500-599 ");
  EXPECT_EQ(RangesText("100,599"), "100-100 599-599 ");
}

TEST(ParseStatusRangesTest, LeavesOutWhatItDoesNotKnow) {
  EXPECT_EQ(RangesText(""), "");
  for (const char* item : {"4xx", "99", "600", "502-500", "500-", "-500", "500-600", "500-501-502",
                           "+500", " 500", "500 ", "0x1f4", "5xxx"}) {
    EXPECT_EQ(RangesText(item), "") << item;
    EXPECT_EQ(RangesText(absl::StrCat(item, ",404")), "404-404 ") << item;
  }
}

TEST(ParseStatusRangesTest, IsBounded) {
  std::string list;
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&list, "500,");
  EXPECT_EQ(ParseStatusRanges(list).size(), 16u);
}

TEST(ParseGrpcCodesTest, TakesTheKnownNames) {
  EXPECT_EQ(ParseGrpcCodes("cancelled,Deadline-Exceeded,internal,resource-exhausted,unavailable"),
            1u << 1 | 1u << 4 | 1u << 13 | 1u << 8 | 1u << 14);
  EXPECT_EQ(ParseGrpcCodes("ok,unknown, internal,14,"), 0u);
}

TEST(TakeRequestOverridesTest, ReadsAndRemovesAllOfThem) {
  http::Headers headers;
  headers.Add("a", "b");
  headers.Add("l5d-retry-http", "5xx");
  headers.Add("l5d-retry-grpc", "internal");
  headers.Add("l5d-retry-limit", "3");
  headers.Add("l5d-retry-timeout", "100ms");
  headers.Add("l5d-timeout", "1s");
  headers.Add("l5d-request-timeout", "2s");
  headers.Add("l5d-response-timeout", " 3s ");
  headers.Add("l5d-retry-limit", "4");
  headers.Add("l5d-client-id", "x");
  const RequestOverrides overrides = TakeRequestOverrides(&headers);
  ASSERT_TRUE(overrides.retry_http);
  EXPECT_EQ(overrides.retry_http->size(), 1u);
  EXPECT_EQ(overrides.retry_grpc, GrpcCodes{1u << 13});
  EXPECT_EQ(overrides.retries_max, 3u);
  EXPECT_EQ(overrides.header_timeout, absl::Milliseconds(100));
  EXPECT_EQ(overrides.request_timeout, absl::Seconds(2));
  EXPECT_EQ(overrides.response_timeout, absl::Seconds(3));
  ASSERT_EQ(headers.size(), 2u);
  EXPECT_NE(headers.Find("l5d-client-id"), nullptr);
}

TEST(TakeRequestOverridesTest, RemovesWhatItCannotRead) {
  http::Headers headers;
  headers.Add("l5d-retry-http", "teapot");
  headers.Add("l5d-retry-grpc", "");
  headers.Add("l5d-retry-limit", "65536");
  headers.Add("l5d-retry-timeout", "1.5s");
  headers.Add("l5d-request-timeout", "soon");
  headers.Add("l5d-timeout", "1s");
  const RequestOverrides overrides = TakeRequestOverrides(&headers);
  EXPECT_FALSE(overrides.asks_for_retries());
  EXPECT_EQ(overrides.request_timeout, absl::Seconds(1));
  EXPECT_TRUE(headers.empty());
}

TEST(OverrideTest, LeavesThePolicyAloneWhereNothingIsAsked) {
  RetryPolicy base;
  base.retries_max = 7;
  EXPECT_EQ(Override(base, {})->retries_max, 7u);
  EXPECT_FALSE(Override(absl::nullopt, {}));
}

TEST(OverrideTest, ReplacesSingleFields) {
  RetryPolicy base;
  base.retries_max = 7;
  base.request_bytes_max = 5;
  base.http_statuses = {{500, 500}};
  base.grpc_codes = 1;
  RequestOverrides overrides;
  overrides.retry_grpc = 2;
  const absl::optional<RetryPolicy> policy = Override(base, overrides);
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->grpc_codes, 2u);
  EXPECT_EQ(policy->retries_max, 7u);
  EXPECT_EQ(policy->request_bytes_max, 5u);
  EXPECT_EQ(policy->http_statuses.size(), 1u);
  EXPECT_FALSE(policy->backoff);
}

TEST(OverrideTest, MakesAPolicyWhereThereIsNone) {
  RequestOverrides overrides;
  overrides.retry_http = std::vector<StatusRange>{{500, 599}};
  const absl::optional<RetryPolicy> policy = Override(absl::nullopt, overrides);
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->retries_max, 1u);
  EXPECT_EQ(policy->request_bytes_max, 65536u);
  ASSERT_TRUE(policy->backoff);
  EXPECT_EQ(policy->backoff->min, absl::Milliseconds(25));
  EXPECT_EQ(policy->backoff->max, absl::Milliseconds(250));
  EXPECT_TRUE(policy->Covers({Attempt::End::kResponse, 503}));
}

}  // namespace
}  // namespace gossamer::proxy
