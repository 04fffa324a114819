#include "proxy/transport/early_dial.h"

#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "lib/net/testing/fake_byte_stream.h"
#include "lib/net/testing/loopback.h"

namespace gossamer::proxy {
namespace {

using net::testing::FakeByteStream;
using net::testing::FakePeer;

// A client's connection as EarlyDial sees it; dials end when the test says so.
class EarlyDialTest : public ::testing::Test, protected EarlyDial::Owner {
 protected:
  class FakeDial final : public PendingDial {
   public:
    FakeDial(EarlyDialTest* test, OnDone done) : test_(test), done_(std::move(done)) {
      test_->dial_ = this;
      ++test_->dials_begun_;
    }
    ~FakeDial() override {
      if (test_->dial_ == this) test_->dial_ = nullptr;
    }
    void Finish(absl::StatusOr<std::unique_ptr<net::ByteStream>> stream) {
      OnDone done = std::move(done_);
      done(std::move(stream));
    }

   private:
    EarlyDialTest* const test_;
    OnDone done_;
  };

  bool MayDialEarly() override { return may_dial_; }
  std::unique_ptr<PendingDial> DialServer(PendingDial::OnDone done) override {
    return std::make_unique<FakeDial>(this, std::move(done));
  }
  void OnServerSpoke() override { ++spoke_; }
  void OnServerDialled(absl::StatusOr<EarlyDial::Server> server) override {
    server_ = std::move(server);
  }

  bool RunUntil(const std::function<bool()>& done) {
    return net::testing::RunUntil(loop_.get(), done);
  }
  // Runs the loop for several times the patience.
  void LetPatienceEnd() {
    event::Timer timer(loop_.get(), [] {});
    timer.Arm(3 * EarlyDial::kPatience);
    RunUntil([&] { return !timer.armed(); });
  }
  void DialEarly() {
    early_.Watch();
    ASSERT_TRUE(RunUntil([&] { return dial_ != nullptr; }));
  }
  void Connect() { dial_->Finish(std::make_unique<FakeByteStream>(&peer_)); }
  void Turn() { loop_->RunOnce(absl::ZeroDuration()); }

  std::unique_ptr<event::Loop> loop_ = *event::Loop::Create();
  FakePeer peer_;
  FakeDial* dial_ = nullptr;
  int dials_begun_ = 0;
  bool may_dial_ = true;
  int spoke_ = 0;
  std::optional<absl::StatusOr<EarlyDial::Server>> server_;
  EarlyDials all_;
  EarlyDial early_{loop_.get(), &all_, this};
};

TEST_F(EarlyDialTest, DialsForASilentClientAndHearsTheServer) {
  DialEarly();
  EXPECT_EQ(all_.held, 1);
  Connect();
  EXPECT_EQ(spoke_, 0);
  peer_.Send("220 hi\r\n");
  EXPECT_EQ(spoke_, 1);
  EXPECT_TRUE(early_.server_spoke());
  early_.Need();
  ASSERT_TRUE(server_.has_value() && server_->ok());
  EXPECT_EQ((*server_)->spoken, "220 hi\r\n");
  EXPECT_NE((*server_)->stream, nullptr);
  EXPECT_EQ(peer_.handler, nullptr);
  EXPECT_EQ(all_.held, 0);
  EXPECT_EQ(dials_begun_, 1);
}

TEST_F(EarlyDialTest, HearsWhatCameBeforeItListened) {
  DialEarly();
  peer_.input = "220 hi\r\n";
  Connect();
  EXPECT_EQ(spoke_, 1);
}

TEST_F(EarlyDialTest, TakesOnlyTheServersFirstWords) {
  DialEarly();
  peer_.input = std::string(3 * EarlyDial::kMaxSpokenBytes, 'x');
  Connect();
  peer_.Send("more");
  EXPECT_EQ(spoke_, 1);
  early_.Need();
  EXPECT_EQ((*server_)->spoken.size(), EarlyDial::kMaxSpokenBytes);
  EXPECT_EQ(peer_.input.size(), 2 * EarlyDial::kMaxSpokenBytes + 4);
}

TEST_F(EarlyDialTest, AClientThatSpeaksInTimeHasNothingDialled) {
  early_.Watch();
  early_.StopWatching();
  LetPatienceEnd();
  EXPECT_EQ(dials_begun_, 0);
}

TEST_F(EarlyDialTest, AsksWhetherItMayWhenTheTimeHasCome) {
  may_dial_ = false;
  early_.Watch();
  LetPatienceEnd();
  EXPECT_EQ(dials_begun_, 0);
  EXPECT_EQ(all_.held, 0);
}

TEST_F(EarlyDialTest, NeedDialsWhatWasNotDialledYet) {
  early_.Watch();
  early_.Need();
  ASSERT_NE(dial_, nullptr);
  EXPECT_EQ(all_.held, 0) << "it is no early one";
  Connect();
  ASSERT_TRUE(server_.has_value() && server_->ok());
  LetPatienceEnd();
  EXPECT_EQ(dials_begun_, 1);
}

TEST_F(EarlyDialTest, NeedWaitsForADialThatIsUnderWay) {
  DialEarly();
  early_.Need();
  EXPECT_FALSE(server_.has_value());
  EXPECT_EQ(dials_begun_, 1);
  dial_->Finish(absl::UnavailableError("refused"));
  ASSERT_TRUE(server_.has_value());
  EXPECT_EQ(server_->status().message(), "refused");
}

TEST_F(EarlyDialTest, NeedTakesAServerThatIsSilentToo) {
  DialEarly();
  Connect();
  early_.Need();
  ASSERT_TRUE(server_.has_value() && server_->ok());
  EXPECT_EQ((*server_)->spoken, "");
  EXPECT_FALSE(peer_.destroyed);
}

TEST_F(EarlyDialTest, DropClosesInOrderAndGivesUp) {
  DialEarly();
  Connect();
  early_.Drop();
  Turn();
  EXPECT_TRUE(peer_.destroyed);
  EXPECT_FALSE(peer_.reset_on_close);
  EXPECT_EQ(all_.held, 0);
  peer_.destroyed = false;
  DialEarly();
  early_.Drop();
  EXPECT_EQ(dial_, nullptr);
  EXPECT_EQ(all_.held, 0);
  EXPECT_FALSE(server_.has_value());
}

TEST_F(EarlyDialTest, ARefusalIsKeptFromTheClientAndNotTriedAgainEarly) {
  DialEarly();
  dial_->Finish(absl::UnavailableError("refused"));
  Turn();
  EXPECT_FALSE(server_.has_value());
  EXPECT_EQ(all_.held, 0);
  early_.Watch();
  LetPatienceEnd();
  EXPECT_EQ(dials_begun_, 1);
  early_.Need();
  EXPECT_EQ(dials_begun_, 2) << "who needs the server hears for himself";
}

TEST_F(EarlyDialTest, AServerThatClosesSaysNothing) {
  for (const int error : {0, ECONNRESET}) {
    EarlyDial early(loop_.get(), &all_, this);
    early.Watch();
    ASSERT_TRUE(RunUntil([&] { return dial_ != nullptr; }));
    peer_ = FakePeer();
    Connect();
    if (error == 0) {
      peer_.End();
    } else {
      peer_.Break(error);
    }
    Turn();
    EXPECT_EQ(spoke_, 0) << error;
    EXPECT_TRUE(peer_.destroyed) << error;
    EXPECT_EQ(all_.held, 0) << error;
    early.Need();
    EXPECT_NE(dial_, nullptr) << error;
  }
}

TEST_F(EarlyDialTest, AServerOfHttpDoesNotMakeTheConnectionOpaque) {
  for (const std::string& unasked : {std::string("HTTP/1.1 408 Request Timeout\r\n\r\n"),
                                     std::string("\0\0\0\4\0\0\0\0\0", 9)}) {
    EarlyDial early(loop_.get(), &all_, this);
    early.Watch();
    ASSERT_TRUE(RunUntil([&] { return dial_ != nullptr; }));
    peer_ = FakePeer();
    Connect();
    peer_.Send(unasked);
    Turn();
    EXPECT_EQ(spoke_, 0);
    EXPECT_FALSE(early.server_spoke());
    EXPECT_TRUE(peer_.destroyed) << "HTTP has connections of its own";
  }
}

TEST_F(EarlyDialTest, TooManyAtOnceAreNotDialled) {
  all_.held = EarlyDial::kMaxHeld;
  early_.Watch();
  LetPatienceEnd();
  EXPECT_EQ(dials_begun_, 0);
  EXPECT_EQ(all_.held, EarlyDial::kMaxHeld);
}

// A pool of clients' connections is opened in one go, and handshakes take turns.
TEST_F(EarlyDialTest, OneBeginsAfterTheOther) {
  const int64_t taken_ns = loop_->UpdateNow() + absl::ToInt64Nanoseconds(10 * EarlyDial::kPatience);
  all_.next_ns = taken_ns;
  early_.Watch();
  ASSERT_TRUE(RunUntil([&] { return dials_begun_ == 1; }));
  EXPECT_GE(loop_->now_ns(), taken_ns);
  EXPECT_EQ(all_.next_ns, taken_ns + absl::ToInt64Nanoseconds(EarlyDial::kPace));
}

TEST_F(EarlyDialTest, ItsEndEndsWhatItHolds) {
  EarlyDial::Owner* self = this;
  auto early = std::make_unique<EarlyDial>(loop_.get(), &all_, self);
  early->Watch();
  ASSERT_TRUE(RunUntil([&] { return dial_ != nullptr; }));
  early.reset();
  EXPECT_EQ(dial_, nullptr);
  EXPECT_EQ(all_.held, 0);
}

}  // namespace
}  // namespace gossamer::proxy
