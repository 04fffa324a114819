#include "proxy/http/h1_pool.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/http/testing/recorder.h"
#include "lib/net/socket.h"
#include "lib/net/testing/loopback.h"

namespace gossamer::proxy {
namespace {

using ::testing::HasSubstr;

class TestPending final : public PendingRequest {
 public:
  explicit TestPending(absl::string_view method) : request_(method) {}

  http::testing::StreamRecorder recorder;
  std::string failure;

  const http::RequestHead& head() const override { return request_.head; }
  http::StreamHandler* stream_handler() override { return &recorder; }
  void OnStream(http::Stream* stream) override { recorder.stream = stream; }
  void OnConnectFailure(const absl::Status& status) override {
    failure = std::string(status.message());
  }

 private:
  http::testing::TestRequest request_;
};

// A pool, and the server that it connects to: the test itself, with a listener on loopback.
class H1PoolTest : public ::testing::Test {
 protected:
  H1PoolTest() {
    listener_ = *net::Listen(*net::SocketAddress::Parse("127.0.0.1:0"), {});
    sockaddr_storage storage;
    socklen_t length = sizeof(storage);
    getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&storage), &length);
    target_.address = net::SocketAddress::From(storage);
    target_.timeout = absl::Seconds(5);
    H1Pool::Options options;
    options.idle_timeout = absl::Hours(1);  // Whatever ends sooner, ends for another reason.
    pool_ = std::make_unique<H1Pool>(
        loop_.get(), options, [this] { return target_; },
        [](std::unique_ptr<net::ByteStream> stream) { return stream; });
  }

  // Starts a request; on a new connection, where `accept` says so, else on the one there is.
  std::unique_ptr<TestPending> Start(absl::string_view method, bool accept) {
    auto request = std::make_unique<TestPending>(method);
    pool_->Start(request.get());
    if (accept) {
      EXPECT_TRUE(net::testing::RunUntil(loop_.get(), [this] {
        net::UniqueFd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK));
        if (fd.get() < 0) return false;
        server_ = std::move(fd);
        return true;
      }));
    }
    return request;
  }
  // Reads the request at the server, and answers.
  void Answer(TestPending* request, const std::string& fields = "") {
    std::string received;
    EXPECT_TRUE(net::testing::RunUntil(loop_.get(), [&] {
      char buffer[1000];
      const ssize_t bytes = recv(server_.get(), buffer, sizeof(buffer), 0);
      if (bytes > 0) received.append(buffer, bytes);
      return received.find("\r\n\r\n") != std::string::npos;
    }));
    const std::string response = "HTTP/1.1 200 OK\r\n" + fields + "content-length: 2\r\n\r\nok";
    ASSERT_EQ(send(server_.get(), response.data(), response.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(response.size()));
    ASSERT_TRUE(net::testing::RunUntil(loop_.get(), [&] { return request->recorder.over; }));
    EXPECT_THAT(request->recorder.log, HasSubstr("response 200"));
    loop_->RunOnce(absl::ZeroDuration());  // The connection settles.
  }
  bool ClosedByPool() {
    char byte;
    return recv(server_.get(), &byte, 1, 0) == 0;
  }
  // Ends the server's direction, and returns when the other kernel has taken note of it.
  void CloseByServer() {
    ASSERT_EQ(shutdown(server_.get(), SHUT_WR), 0);
    tcp_info info = {};
    do {
      socklen_t length = sizeof(info);
      ASSERT_EQ(getsockopt(server_.get(), IPPROTO_TCP, TCP_INFO, &info, &length), 0);
    } while (info.tcpi_state == TCP_FIN_WAIT1);
  }
  void LetPass(absl::Duration time) {
    const int64_t end_ns = loop_->UpdateNow() + absl::ToInt64Nanoseconds(time);
    while (loop_->UpdateNow() < end_ns) loop_->RunOnce(absl::Milliseconds(1));
  }

  std::unique_ptr<event::Loop> loop_ = *event::Loop::Create();
  net::UniqueFd listener_;
  net::UniqueFd server_;  // The latest connection's other end.
  DialTarget target_;
  std::unique_ptr<H1Pool> pool_;
};

TEST_F(H1PoolTest, UsesAConnectionAgain) {
  Answer(Start("GET", /*accept=*/true).get());
  LetPass(absl::Milliseconds(20));
  Answer(Start("GET", /*accept=*/false).get());
}

// A POST must not be sent twice: it must not meet a connection that has ended, either.
TEST_F(H1PoolTest, LooksWhetherTheServerHasEndedAConnectionBeforeItUsesItAgain) {
  Answer(Start("GET", /*accept=*/true).get());
  LetPass(absl::Milliseconds(20));
  CloseByServer();  // The loop has not run since, so nobody was told.
  Answer(Start("POST", /*accept=*/true).get());
}

TEST_F(H1PoolTest, KeepsConnectionsNoLongerThanTheServerSaysItDoes) {
  Answer(Start("GET", /*accept=*/true).get(), "Keep-Alive: max=100, timeout=1\r\n");
  EXPECT_FALSE(ClosedByPool());
  EXPECT_TRUE(net::testing::RunUntil(loop_.get(), [this] { return ClosedByPool(); }));
}

TEST_F(H1PoolTest, LearnsFromAConnectionThatTheServerEnded) {
  Answer(Start("GET", /*accept=*/true).get());
  LetPass(absl::Milliseconds(300));
  CloseByServer();
  ASSERT_TRUE(net::testing::RunUntil(loop_.get(), [this] { return ClosedByPool(); }));
  Answer(Start("GET", /*accept=*/true).get());
  EXPECT_FALSE(ClosedByPool());
  EXPECT_TRUE(net::testing::RunUntil(loop_.get(), [this] { return ClosedByPool(); }));
}

}  // namespace
}  // namespace gossamer::proxy
