#include "proxy/transport/tcp_forward.h"

#include <cerrno>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "lib/net/testing/fake_byte_stream.h"

namespace gossamer::proxy {
namespace {

using net::testing::FakeByteStream;
using net::testing::FakePeer;

class TcpForwardTest : public ::testing::Test {
 protected:
  void Start(const TcpForward::AlreadyRead& already_read = {}) {
    forward_ = std::make_unique<TcpForward>(loop_.get(), std::make_unique<FakeByteStream>(&client_),
                                            std::make_unique<FakeByteStream>(&server_),
                                            already_read, [this](int error) {
                                              ++done_;
                                              error_ = error;
                                              loop_->DeleteLater(std::move(forward_));
                                            });
    EXPECT_EQ(done_, 0);
    Turn();
  }
  void Turn() { loop_->RunOnce(absl::ZeroDuration()); }

  std::unique_ptr<event::Loop> loop_ = *event::Loop::Create();
  FakePeer client_;
  FakePeer server_;
  std::unique_ptr<TcpForward> forward_;
  int done_ = 0;
  int error_ = -1;
};

TEST_F(TcpForwardTest, SendsWhatWasReadBefore) {
  client_.input = " world";  // Came before anybody listened.
  server_.input = " there";
  Start({"hello", "220 hi"});
  EXPECT_EQ(server_.output, "hello world");
  EXPECT_EQ(client_.output, "220 hi there");
}

TEST_F(TcpForwardTest, CopiesBothWays) {
  Start();
  client_.Send("ping");
  server_.Send("pong");
  EXPECT_EQ(server_.output, "ping");
  EXPECT_EQ(client_.output, "pong");
  EXPECT_EQ(done_, 0);
}

TEST_F(TcpForwardTest, OneDirectionMayEndBeforeTheOther) {
  Start();
  client_.Send("request");
  client_.End();
  EXPECT_TRUE(server_.shut_down);
  EXPECT_FALSE(client_.shut_down);
  server_.Send("response");
  EXPECT_EQ(client_.output, "response");
  EXPECT_EQ(done_, 0);
  server_.End();
  Turn();
  EXPECT_TRUE(client_.shut_down);
  EXPECT_EQ(done_, 1);
  EXPECT_EQ(error_, 0);
  EXPECT_FALSE(client_.reset_on_close || server_.reset_on_close);
}

TEST_F(TcpForwardTest, PassesAResetOn) {
  Start();
  client_.Break(ECONNRESET);
  Turn();
  EXPECT_EQ(done_, 1);
  EXPECT_EQ(error_, ECONNRESET);
  EXPECT_TRUE(server_.reset_on_close);
  EXPECT_TRUE(server_.destroyed);
}

TEST_F(TcpForwardTest, AResetIsPassedOnWhereItsReceiverIsTooSlowToHearOfIt) {
  Start();
  server_.write_room = 0;
  client_.Send("x");
  client_.Tell({.readable = true, .writable = true, .error = true});
  Turn();
  EXPECT_EQ(done_, 1);
  EXPECT_EQ(error_, ECONNRESET);
  EXPECT_TRUE(server_.reset_on_close);
}

TEST_F(TcpForwardTest, AResetAfterAnEndInOrderIsPassedOn) {
  Start();
  client_.End();
  EXPECT_EQ(done_, 0);
  client_.Tell({.readable = true, .writable = true, .error = true});
  Turn();
  EXPECT_EQ(done_, 1);
  EXPECT_TRUE(server_.reset_on_close);
}

TEST_F(TcpForwardTest, WhatCameBeforeAResetIsDelivered) {
  Start();
  client_.input = "last words";
  client_.Break(ECONNRESET);
  EXPECT_EQ(server_.output, "last words");
  Turn();
  EXPECT_TRUE(server_.reset_on_close);
}

TEST_F(TcpForwardTest, PassesAFailureToWriteBack) {
  Start();
  server_.write_error = EPIPE;
  client_.Send("x");
  Turn();
  EXPECT_EQ(done_, 1);
  EXPECT_TRUE(client_.reset_on_close);
}

TEST_F(TcpForwardTest, AbortResetsBothSides) {
  Start();
  forward_->Abort(ETIMEDOUT);
  Turn();
  EXPECT_EQ(done_, 1);
  EXPECT_EQ(error_, ETIMEDOUT);
  EXPECT_TRUE(client_.reset_on_close && server_.reset_on_close);
}

TEST_F(TcpForwardTest, TellsWhetherItIsAlive) {
  Start();
  EXPECT_FALSE(forward_->half_closed());
  client_.Send("ping");
  server_.Send("ponger");
  EXPECT_EQ(forward_->bytes_read(), 10u);
  client_.End();
  EXPECT_TRUE(forward_->half_closed());
}

TEST_F(TcpForwardTest, ASlowReaderHoldsTheWriterBack) {
  constexpr size_t kBytes = 4 << 20;
  constexpr size_t kHeldAtMost = 64 << 10;  // One read's.
  Start();
  server_.write_room = 10;
  client_.Send(std::string(kBytes, 'x'));
  Turn();
  EXPECT_EQ(server_.output.size(), 10u);
  EXPECT_GE(client_.input.size(), kBytes - 10 - kHeldAtMost);
  // The other direction goes on.
  server_.Send("pong");
  EXPECT_EQ(client_.output, "pong");
  client_.End();
  EXPECT_FALSE(server_.shut_down) << "an end before the last byte";
  server_.Take(2 * kBytes);
  for (int i = 0; i < 20; ++i) Turn();
  EXPECT_EQ(server_.output, std::string(kBytes, 'x'));
  EXPECT_TRUE(server_.shut_down);
}

TEST_F(TcpForwardTest, ABusyConnectionLetsOthersHaveTheirTurn) {
  Start();
  constexpr size_t kBytes = 8 << 20;
  client_.Send(std::string(kBytes, 'x'));
  EXPECT_LT(server_.output.size(), kBytes);
  for (int i = 0; i < 40; ++i) Turn();
  EXPECT_EQ(server_.output.size(), kBytes);
}

}  // namespace
}  // namespace gossamer::proxy
