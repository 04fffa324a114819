#include "services/destination/streams/mailbox.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace gossamer::destination {
namespace {

// Says from which to which state its messages lead.
class FakeSnapshot : public Snapshot {
 public:
  FakeSnapshot(int number, int messages) : number_(number), messages_(messages) {}
  bool SameAs(const Snapshot& other) const override {
    return number_ == static_cast<const FakeSnapshot&>(other).number_;
  }
  std::vector<Payload> MessagesFrom(const std::shared_ptr<const Snapshot>& before) const override {
    const int from = before == nullptr ? 0 : static_cast<const FakeSnapshot&>(*before).number_;
    return std::vector<Payload>(
        messages_, std::make_shared<const std::string>(absl::StrCat(from, "->", number_)));
  }

 private:
  const int number_;
  const int messages_;
};

Published At(int number, int messages = 1) {
  return {static_cast<uint64_t>(number), std::make_shared<FakeSnapshot>(number, messages)};
}

std::string Written(const Mailbox::Step& step) {
  return step.what == Mailbox::Do::kWrite ? *step.payload : "";
}

TEST(MailboxTest, WritesTheFirstStateAtOnceAndThenWhatChanged) {
  Mailbox mailbox;
  EXPECT_EQ(Written(mailbox.Put(At(1))), "0->1");
  EXPECT_EQ(mailbox.WriteDone(true).what, Mailbox::Do::kNothing);
  EXPECT_EQ(Written(mailbox.Put(At(2))), "1->2");
}

TEST(MailboxTest, ASlowClientSkipsToTheNewestState) {
  Mailbox mailbox;
  EXPECT_EQ(Written(mailbox.Put(At(1))), "0->1");
  for (int i = 2; i <= 100; ++i) {
    EXPECT_EQ(mailbox.Put(At(i)).what, Mailbox::Do::kNothing);
  }
  EXPECT_EQ(Written(mailbox.WriteDone(true)), "1->100");
  EXPECT_EQ(mailbox.WriteDone(true).what, Mailbox::Do::kNothing);
  EXPECT_EQ(mailbox.skipped(), 98u);
}

TEST(MailboxTest, MessagesOfOneChangeStayTogether) {
  Mailbox mailbox;
  EXPECT_EQ(Written(mailbox.Put(At(1, 2))), "0->1");
  EXPECT_EQ(mailbox.Put(At(2)).what, Mailbox::Do::kNothing);
  EXPECT_EQ(Written(mailbox.WriteDone(true)), "0->1");
  EXPECT_EQ(Written(mailbox.WriteDone(true)), "1->2");
}

TEST(MailboxTest, OlderStatesAreIgnored) {
  Mailbox mailbox;
  EXPECT_EQ(Written(mailbox.Put(At(5))), "0->5");
  EXPECT_EQ(mailbox.Put(At(4)).what, Mailbox::Do::kNothing);
  EXPECT_EQ(mailbox.WriteDone(true).what, Mailbox::Do::kNothing);
}

TEST(MailboxTest, EndsOnceAndOnlyBetweenWrites) {
  Mailbox mailbox;
  EXPECT_EQ(Written(mailbox.Put(At(1))), "0->1");
  EXPECT_EQ(mailbox.End().what, Mailbox::Do::kNothing);
  EXPECT_EQ(mailbox.WriteDone(true).what, Mailbox::Do::kFinish);
  EXPECT_EQ(mailbox.End().what, Mailbox::Do::kNothing);
  EXPECT_EQ(mailbox.Put(At(2)).what, Mailbox::Do::kNothing);
}

TEST(MailboxTest, AFailedWriteEndsTheStream) {
  Mailbox mailbox;
  mailbox.Put(At(1));
  EXPECT_EQ(mailbox.WriteDone(false).what, Mailbox::Do::kFinish);
}

TEST(MailboxTest, EndsAtOnceWhenIdle) {
  Mailbox mailbox;
  EXPECT_EQ(mailbox.End().what, Mailbox::Do::kFinish);
}

}  // namespace
}  // namespace gossamer::destination
