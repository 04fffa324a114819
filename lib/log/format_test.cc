#include "lib/log/format.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gossamer::log {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

struct Address {
  std::string ToString() const { return "10.0.0.1:80"; }
};

Record MakeRecord(absl::Span<const Field> fields) {
  Record record;
  record.target = "destination::endpoints";
  record.message = "watch opened";
  record.fields = fields;
  record.uptime = absl::Microseconds(1234);
  record.time = absl::FromUnixMicros(1700000000123456);
  return record;
}

std::string Plain(const Record& record) {
  std::string out;
  AppendPlain(record, &out);
  return out;
}

std::string Json(const Record& record) {
  std::string out;
  AppendJson(record, &out);
  return out;
}

TEST(FormatTest, WritesPlainLines) {
  const std::vector<Field> fields = {{"path", "web.demo:80"},
                                     {"n", 3},
                                     {"ok", true},
                                     {"ratio", 0.5},
                                     {"peer", Address()},
                                     {"to", ""},
                                     {"text", "two wor\"ds"},
                                     {"took", absl::Milliseconds(20)}};
  EXPECT_EQ(Plain(MakeRecord(fields)),
            "[     0.001234s]  INFO ThreadId(01) destination::endpoints: watch opened "
            "path=web.demo:80 n=3 ok=true ratio=0.5 peer=10.0.0.1:80 to=\"\" "
            "text=\"two wor\\\"ds\" took=20ms\n");
}

TEST(FormatTest, WritesJsonLines) {
  const std::vector<Field> fields = {{"path", "a\"b"}, {"n", int64_t{-3}}, {"ok", false}};
  EXPECT_EQ(Json(MakeRecord(fields)),
            "{\"timestamp\":\"2023-11-14T22:13:20.123456Z\",\"level\":\"INFO\",\"fields\":"
            "{\"message\":\"watch opened\",\"path\":\"a\\\"b\",\"n\":-3,\"ok\":false},"
            "\"target\":\"destination::endpoints\",\"threadId\":\"ThreadId(1)\"}\n");
}

TEST(FormatTest, KeepsHostileTextOnItsLine) {
  const std::string hostile =
      "x\n[     0.000001s]  INFO root: fake\r\x1b[31m\xc2\x9b\xe2\x80\xa8\xff";
  const std::vector<Field> fields = {{"value", hostile}};
  Record record = MakeRecord(fields);
  record.message = hostile;
  for (const std::string& line : {Plain(record), Json(record)}) {
    EXPECT_EQ(line.find('\n'), line.size() - 1) << line;
    EXPECT_EQ(line.find('\r'), std::string::npos) << line;
    EXPECT_EQ(line.find('\x1b'), std::string::npos) << line;
    EXPECT_EQ(line.find("\xc2\x9b"), std::string::npos) << line;
    EXPECT_EQ(line.find("\xff"), std::string::npos) << line;
  }
}

TEST(FormatTest, QuotesNumbersThatJsonDoesNotKnow) {
  const std::vector<Field> fields = {{"x", 1.0 / 0.0}};
  EXPECT_THAT(Json(MakeRecord(fields)), HasSubstr("\"x\":\"inf\""));
}

TEST(FormatTest, CutsLongValuesAndLines) {
  const std::string big(kMaxValueBytes * 2, 'x');
  const std::vector<Field> fields(100, Field("big", big));
  EXPECT_LT(Plain(MakeRecord(fields)).size(), kMaxLineBytes + 2 * kMaxValueBytes);
  EXPECT_THAT(Plain(MakeRecord(fields)), EndsWith("x...\" ...\n"));
  EXPECT_LT(Json(MakeRecord(fields)).size(), kMaxLineBytes + 2 * kMaxValueBytes);
}

TEST(FormatTest, KeepsValidUtf8AndReplacesTheRest) {
  std::string out;
  AppendQuoted("gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80 \xc3 \xed\xa0\x80 \xc0\xaf", &out);
  EXPECT_EQ(out,
            "\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80 \xef\xbf\xbd "
            "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd \xef\xbf\xbd\xef\xbf\xbd\"");
}

}  // namespace
}  // namespace gossamer::log
