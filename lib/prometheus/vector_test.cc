#include "lib/prometheus/vector.h"

#include <cmath>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"

namespace gossamer::prom {
namespace {

using absl::StatusCode;
using testing::HasSubstr;

TEST(ParseQueryReplyTest, ReadsLabelsAndValues) {
  absl::StatusOr<Vector> vector = ParseQueryReply(R"({"status":"success","data":{
      "resultType":"vector","result":[
        {"metric":{"namespace":"shop","deployment":"web"},"value":[1700000000.1,"12.5"]},
        {"metric":{},"value":[1700000000,"NaN"]},
        {"metric":{"le":"+Inf"},"value":[1700000000,"+Inf"]}]}})");
  ASSERT_OK(vector);
  ASSERT_EQ(vector->size(), 3u);
  EXPECT_EQ((*vector)[0].Label("deployment"), "web");
  EXPECT_EQ((*vector)[0].Label("pod"), "");
  EXPECT_EQ((*vector)[0].value, 12.5);
  EXPECT_TRUE(std::isnan((*vector)[1].value));
  EXPECT_TRUE(std::isinf((*vector)[2].value));
}

TEST(ParseQueryReplyTest, KeepsTheTextOfPrometheussErrors) {
  EXPECT_THAT(ParseQueryReply(
                  R"({"status":"error","errorType":"bad_data","error":"parse error at char 3"})"),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("parse error at char 3")));
  EXPECT_THAT(ParseQueryReply(R"({"status":"error","errorType":"timeout","error":"too slow"})"),
              StatusIs(StatusCode::kDeadlineExceeded, HasSubstr("too slow")));
  EXPECT_THAT(ParseQueryReply(R"({"status":"error","errorType":"execution","error":"many"})"),
              StatusIs(StatusCode::kUnavailable, HasSubstr("many")));
}

TEST(ParseQueryReplyTest, RefusesRepliesThatAreNoInstantVector) {
  for (const std::string bad : {
           "",
           "<html>hello</html>",
           "[]",
           "{}",
           "null",
           R"({"status":"success"})",
           R"({"status":"success","data":{"resultType":"matrix","result":[]}})",
           R"({"status":"success","data":{"resultType":"vector","result":{}}})",
           R"({"status":"success","data":{"resultType":"vector","result":[1]}})",
           R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{}}]}})",
           R"({"status":"success","data":{"resultType":"vector",
               "result":[{"metric":{},"value":[1,"x"]}]}})",
           R"({"status":"success","data":{"resultType":"vector",
               "result":[{"metric":{},"value":[1,2]}]}})",
           R"({"status":"success","data":{"resultType":"vector",
               "result":[{"metric":{"a":1},"value":[1,"2"]}]}})",
       }) {
    EXPECT_THAT(ParseQueryReply(bad),
                StatusIs(StatusCode::kInternal, HasSubstr("the reply is not Prometheus's")))
        << bad;
  }
}

TEST(ParseScrapeIntervalTest, TakesTheGlobalInterval) {
  EXPECT_EQ(ParseScrapeInterval(R"({"status":"success","data":{"yaml":
      "global:\n  scrape_interval: 10s\nscrape_configs:\n- job_name: a\n  scrape_interval: 2s\n"}})")
                .value(),
            "10s");
  EXPECT_THAT(ParseScrapeInterval(R"({"status":"success","data":{"yaml":
      "scrape_configs:\n- job_name: a\n  scrape_interval: 2s\n"}})"),
              StatusIs(StatusCode::kNotFound, HasSubstr("scrape_interval")));
}

}  // namespace
}  // namespace gossamer::prom
