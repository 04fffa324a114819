#include "lib/x509/pem.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"

namespace gossamer::x509 {
namespace {

using ::testing::HasSubstr;

// 100 bytes, so that the body has more than one line.
std::string Payload() {
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes.push_back(static_cast<char>(i * 7));
  return bytes;
}

struct Good {
  std::string name;
  std::string text;
};

class PemToleranceTest : public ::testing::TestWithParam<Good> {};

TEST_P(PemToleranceTest, ReadsTheBlock) {
  const absl::StatusOr<std::vector<PemBlock>> blocks = ParsePem(GetParam().text);
  ASSERT_OK(blocks);
  ASSERT_EQ(blocks->size(), 1u);
  EXPECT_EQ(blocks->front().label, "CERTIFICATE");
  ASSERT_OK(blocks->front().der);
  EXPECT_EQ(*blocks->front().der, Payload());
}

std::vector<Good> GoodTexts() {
  const std::string plain = EncodePem(kPemCertificate, Payload());
  return {
      {"Plain", plain},
      {"NoNewlineAtTheEnd", plain.substr(0, plain.size() - 1)},
      {"ManyNewlinesAtTheEnd", absl::StrCat(plain, "\n\n \n")},
      {"CarriageReturns", absl::StrReplaceAll(plain, {{"\n", "\r\n"}})},
      {"Indented", absl::StrCat("  ", absl::StrReplaceAll(plain, {{"\n", "\n  "}}))},
      {"BlankLinesInside", absl::StrReplaceAll(plain, {{"\n", "\n\n"}})},
      {"CommentsAround", absl::StrCat("# root of us-east\nIssuer: CN=x\n", plain, "# end\n")},
      {"TrailingSpaces", absl::StrReplaceAll(plain, {{"\n", " \t\n"}})},
  };
}

INSTANTIATE_TEST_SUITE_P(All, PemToleranceTest, ::testing::ValuesIn(GoodTexts()),
                         [](const auto& info) { return info.param.name; });

TEST(PemTest, KeepsOrderAndLines) {
  const absl::StatusOr<std::vector<PemBlock>> blocks =
      ParsePem(absl::StrCat("x\n", EncodePem("A", "1"), "\n", EncodePem("B", "2")));
  ASSERT_OK(blocks);
  ASSERT_EQ(blocks->size(), 2u);
  EXPECT_EQ((*blocks)[0].label, "A");
  EXPECT_EQ((*blocks)[0].line, 2);
  EXPECT_EQ(*(*blocks)[1].der, "2");
  EXPECT_EQ((*blocks)[1].line, 6);
}

TEST(PemTest, ABrokenBlockLeavesTheOthers) {
  const absl::StatusOr<std::vector<PemBlock>> blocks = ParsePem(absl::StrCat(
      "-----BEGIN A-----\n!!\n-----END A-----\n", EncodePem("B", "fine"),
      "-----BEGIN C-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END C-----\n",
      "-----BEGIN D-----\nAAAA\n-----END E-----\n", "-----BEGIN F-----\n-----END F-----\n"));
  ASSERT_OK(blocks);
  ASSERT_EQ(blocks->size(), 5u);
  EXPECT_THAT((*blocks)[0].der, StatusIs(absl::StatusCode::kInvalidArgument,
                                         HasSubstr("PEM block A at line 1 is not base64")));
  EXPECT_OK((*blocks)[1].der);
  EXPECT_THAT((*blocks)[2].der,
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("encrypted")));
  EXPECT_THAT((*blocks)[3].der,
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("ends as E")));
  EXPECT_THAT((*blocks)[4].der,
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not base64")));
}

TEST(PemTest, RefusesABlockWithoutEnd) {
  const std::string plain = EncodePem("A", "1");
  EXPECT_THAT(ParsePem(plain.substr(0, 20)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("line 1 has no END line")));
  EXPECT_THAT(ParsePem(absl::StrCat("-----BEGIN A-----\n", plain)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no END line")));
}

TEST(PemTest, RefusesWhatIsTooLarge) {
  EXPECT_THAT(ParsePem(std::string(kMaxPemBytes + 1, ' ')),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("at most")));
  std::string many;
  for (size_t i = 0; i <= kMaxPemBlocks; ++i) absl::StrAppend(&many, EncodePem("A", "1"));
  EXPECT_THAT(ParsePem(many), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("blocks")));
}

TEST(PemTest, FindsNothingInPlainText) {
  const absl::StatusOr<std::vector<PemBlock>> blocks = ParsePem("hello\n");
  ASSERT_OK(blocks);
  EXPECT_TRUE(blocks->empty());
}

}  // namespace
}  // namespace gossamer::x509
