#include "lib/grpc/server.h"

#include <sys/socket.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/event/loop.h"
#include "lib/grpc/channel.h"
#include "lib/net/tcp_stream.h"
#include "lib/status/status_matchers.h"

namespace gossamer::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Connects a channel to a server by a socket pair.
class PairConnector final : public Connector {
 public:
  PairConnector(event::Loop* loop, Server* server) : loop_(loop), server_(server) {}
  void Connect(OnDone done) override {
    int pair[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    ASSERT_OK(server_->Serve(*net::TcpStream::Create(loop_, net::UniqueFd(pair[0])), ""));
    loop_->Post([this, fd = pair[1], done = std::move(done)]() mutable {
      done(*net::TcpStream::Create(loop_, net::UniqueFd(fd)));
    });
  }
  void Cancel() override {}

 private:
  event::Loop* const loop_;
  Server* const server_;
};

struct Outcome final : Call::Observer {
  void OnMessage(absl::string_view message) override { messages.emplace_back(message); }
  void OnClosed(const absl::Status& end) override {
    status = end;
    closed = true;
  }
  std::vector<std::string> messages;
  absl::Status status;
  bool closed = false;
};

class ServerTest : public testing::Test {
 protected:
  ServerTest()
      : loop_(*event::Loop::Create()),
        server_(loop_.get()),
        channel_(loop_.get(), {"test", {}},
                 std::make_unique<PairConnector>(loop_.get(), &server_)) {}

  void RunUntil(const bool& condition) {
    for (int turn = 0; turn < 1000 && !condition; ++turn) loop_->RunOnce(absl::Milliseconds(10));
    ASSERT_TRUE(condition);
  }

  std::unique_ptr<event::Loop> loop_;
  Server server_;
  Channel channel_;
  Outcome outcome_;
};

TEST_F(ServerTest, AnswersAUnaryCall) {
  server_.Register("/t.T/Echo", [](std::shared_ptr<ServerCall> call, absl::string_view request) {
    call->Send(request);
    call->Finish(absl::OkStatus());
  });
  const auto call = channel_.Start("/t.T/Echo", "hello", &outcome_);
  RunUntil(outcome_.closed);
  EXPECT_OK(outcome_.status);
  EXPECT_THAT(outcome_.messages, ElementsAre("hello"));
}

TEST_F(ServerTest, StreamsFromACallThatIsHeld) {
  std::shared_ptr<ServerCall> held;
  bool begun = false;
  server_.Register("/t.T/Watch", [&](std::shared_ptr<ServerCall> call, absl::string_view) {
    held = std::move(call);
    held->Send("one");
    begun = true;
  });
  const auto call = channel_.Start("/t.T/Watch", "", &outcome_);
  RunUntil(begun);
  held->Send("two");
  held->Finish(absl::UnavailableError("moving on: 50%"));
  RunUntil(outcome_.closed);
  EXPECT_THAT(outcome_.messages, ElementsAre("one", "two"));
  EXPECT_THAT(outcome_.status, StatusIs(absl::StatusCode::kUnavailable, "moving on: 50%"));
}

TEST_F(ServerTest, TellsOfAClientThatIsGone) {
  std::shared_ptr<ServerCall> held;
  bool begun = false, cancelled = false;
  server_.Register("/t.T/Watch", [&](std::shared_ptr<ServerCall> call, absl::string_view) {
    held = std::move(call);
    held->set_on_cancel([&] { cancelled = true; });
    begun = true;
  });
  auto call = channel_.Start("/t.T/Watch", "", &outcome_);
  RunUntil(begun);
  call.reset();
  RunUntil(cancelled);
  EXPECT_TRUE(held->over());
  held->Send("to nobody");
  held->Finish(absl::OkStatus());
}

TEST_F(ServerTest, EndsACallThatItsMethodDrops) {
  server_.Register("/t.T/Drop", [](std::shared_ptr<ServerCall>, absl::string_view) {});
  const auto call = channel_.Start("/t.T/Drop", "", &outcome_);
  RunUntil(outcome_.closed);
  EXPECT_THAT(outcome_.status, StatusIs(absl::StatusCode::kCancelled, "the call was dropped"));
}

TEST_F(ServerTest, RefusesWhatItDoesNotKnow) {
  const auto call = channel_.Start("/t.T/Nothing", "", &outcome_);
  RunUntil(outcome_.closed);
  EXPECT_THAT(outcome_.status,
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("/t.T/Nothing")));
}

TEST_F(ServerTest, RefusesARequestBeyondTheLimit) {
  server_.Register("/t.T/Echo", [](std::shared_ptr<ServerCall>, absl::string_view) { FAIL(); });
  const auto call = channel_.Start("/t.T/Echo", std::string(kMaxMessageBytes + 1, 'x'), &outcome_);
  RunUntil(outcome_.closed);
  EXPECT_THAT(outcome_.status, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("4 MiB")));
}

}  // namespace
}  // namespace gossamer::rpc
