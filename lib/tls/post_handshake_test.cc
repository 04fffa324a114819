#include "lib/tls/post_handshake.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace gossamer::tls {
namespace {

using Verdict = PostHandshake::Verdict;

const std::string kUpdate("\x18\0\0\x01\0", 5);
const std::string kUpdateAsked("\x18\0\0\x01\x01", 5);
const std::string kTicket = std::string("\x04\0\0\x03", 4) + "abc";

struct Case {
  std::string name;
  std::string content;
  Verdict verdict;
};

class PostHandshakeTest : public testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(
    All, PostHandshakeTest,
    testing::ValuesIn(std::vector<Case>{
        {"Update", kUpdate, Verdict::kKeyUpdate},
        {"UpdateAsked", kUpdateAsked, Verdict::kKeyUpdateAsked},
        {"Ticket", kTicket, Verdict::kNothing},
        {"EmptyTicket", std::string("\x04\0\0\0", 4), Verdict::kNothing},
        {"TicketThenUpdate", kTicket + kUpdate, Verdict::kKeyUpdate},
        {"TwoTickets", kTicket + kTicket, Verdict::kNothing},
        {"UpdateAndMore", kUpdate + kTicket, Verdict::kUnexpected},
        {"UpdateOfTwoBytes", std::string("\x18\0\0\x02\0\0", 6), Verdict::kMalformed},
        {"EmptyUpdate", std::string("\x18\0\0\0", 4), Verdict::kMalformed},
        {"UpdateWithAnotherValue", std::string("\x18\0\0\x01\x02", 5), Verdict::kMalformed},
        {"ClientHello", std::string("\x01\0\0\x01\0", 5), Verdict::kUnexpected},
        {"Finished", std::string("\x14\0\0\x20", 4), Verdict::kUnexpected},
    }),
    [](const auto& info) { return info.param.name; });

TEST_P(PostHandshakeTest, JudgesAWholeRecord) {
  PostHandshake messages;
  EXPECT_EQ(messages.Take(GetParam().content), GetParam().verdict);
}

TEST_P(PostHandshakeTest, JudgesPiecesAlike) {
  for (size_t cut = 1; cut < GetParam().content.size(); ++cut) {
    PostHandshake messages;
    Verdict verdict = messages.Take(GetParam().content.substr(0, cut));
    const bool goes_on = verdict == Verdict::kNothing;
    if (goes_on) verdict = messages.Take(GetParam().content.substr(cut));
    // Behind a change of keys in a record of its own, anything may follow.
    if (!goes_on && GetParam().name == "UpdateAndMore") continue;
    EXPECT_EQ(verdict, GetParam().verdict) << cut;
  }
}

TEST(PostHandshakeTest, RefusesAnEmptyRecord) {
  EXPECT_EQ(PostHandshake().Take(""), Verdict::kUnexpected);
}

TEST(PostHandshakeTest, RefusesAFloodAndForgivesAmongData) {
  PostHandshake messages;
  for (int i = 0; i < 32; ++i) ASSERT_EQ(messages.Take(kUpdateAsked), Verdict::kKeyUpdateAsked);
  EXPECT_EQ(messages.Take(kUpdateAsked), Verdict::kUnexpected);
  PostHandshake mixed;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(mixed.Take(kUpdateAsked), Verdict::kKeyUpdateAsked);
    ASSERT_TRUE(mixed.OnData(1));
  }
}

TEST(PostHandshakeTest, RefusesAFloodOfEmptyData) {
  PostHandshake messages;
  for (int i = 0; i < 32; ++i) ASSERT_TRUE(messages.OnData(0));
  EXPECT_FALSE(messages.OnData(0));
}

TEST(PostHandshakeTest, SkipsATicketThatFillsManyRecords) {
  PostHandshake messages;
  EXPECT_EQ(messages.Take(std::string("\x04\0\xff\xff", 4)), Verdict::kNothing);
  for (int left = 0xffff; left > 0; left -= 0x101) {
    EXPECT_EQ(messages.Take(std::string(0x101, 't')), Verdict::kNothing);
  }
  EXPECT_EQ(messages.Take(kUpdate), Verdict::kKeyUpdate);
}

}  // namespace
}  // namespace gossamer::tls
