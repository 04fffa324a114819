#include "proxy/transport/dial.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/testing/few_descriptors.h"
#include "lib/net/testing/loopback.h"
#include "lib/status/status_matchers.h"
#include "lib/time/clock.h"
#include "lib/x509/testing/test_pki.h"
#include "proxy/identity/credentials.h"
#include "proxy/transport/acceptor.h"
#include "proxy/transport/transport_header.h"

namespace gossamer::proxy {
namespace {

using ::testing::HasSubstr;
using Stream = std::unique_ptr<net::ByteStream>;

// Dials a server on loopback, in plaintext or with mesh TLS.
class DialTest : public ::testing::Test {
 protected:
  void Listen() {
    net::UniqueFd listener = *net::Listen(*net::SocketAddress::Parse("127.0.0.1:0"), {});
    sockaddr_storage storage;
    socklen_t length = sizeof(storage);
    ASSERT_EQ(getsockname(listener.get(), reinterpret_cast<sockaddr*>(&storage), &length), 0);
    target_.address = net::SocketAddress::From(storage);
    target_.timeout = absl::Seconds(5);
    acceptor_ = *Acceptor::Create(
        loop_.get(), std::move(listener), {}, [this](net::UniqueFd fd, const net::SocketAddress&) {
          auto tcp = *net::TcpStream::Create(loop_.get(), std::move(fd));
          if (server_context_ == nullptr) {
            accepted_ = std::move(tcp);
            return;
          }
          accepted_ = *tls::TlsStream::Create(loop_.get(), std::move(tcp), server_context_, {},
                                              [this](const absl::Status&) { server_done_ = true; });
        });
  }
  CredentialsPtr Credentials(const std::string& name, absl::Duration life = absl::Hours(1)) {
    const auto leaf = ca_.Issue(name, absl::Now());
    return *MakeCredentials({std::string(leaf.certificate.der())}, leaf.key,
                            std::make_shared<x509::TrustAnchors>(ca_.Anchors()), absl::Now() + life,
                            Clock::Real());
  }
  absl::StatusOr<Stream> Connect() {
    std::optional<absl::StatusOr<Stream>> result;
    Dial dial(loop_.get(), target_, [&](absl::StatusOr<Stream> r) { result = std::move(r); });
    EXPECT_FALSE(result.has_value());
    EXPECT_TRUE(net::testing::RunUntil(loop_.get(), [&] { return result.has_value(); }));
    if (!result.has_value()) return absl::InternalError("no result");
    return *std::move(result);
  }
  // What the server gets, up to a byte of the test's own.
  std::string ReceivedWith(net::ByteStream* client) {
    EXPECT_EQ(client->Write(absl::string_view("!")).status, net::IoStatus::kOk);
    std::string received;
    EXPECT_TRUE(net::testing::RunUntil(loop_.get(), [&] {
      char buffer[256];
      if (accepted_ == nullptr) return false;
      const net::IoResult read = accepted_->Read(buffer, sizeof(buffer));
      if (read.status == net::IoStatus::kOk) received.append(buffer, read.bytes);
      return !received.empty() && received.back() == '!';
    }));
    return received;
  }

  std::unique_ptr<event::Loop> loop_ = *event::Loop::Create();
  x509::testing::TestCa ca_{"root.test", absl::Now()};
  DialTarget target_;
  std::shared_ptr<const tls::Context> server_context_;
  std::unique_ptr<Acceptor> acceptor_;
  Stream accepted_;
  bool server_done_ = false;
};

TEST_F(DialTest, ConnectsInPlaintextWithoutAHeader) {
  Listen();
  target_.transport_header = "header";
  auto stream = Connect();
  ASSERT_OK(stream);
  EXPECT_EQ(ReceivedWith(stream->get()), "!");
}

// More connections than the loop takes events in a turn, in a process that had no time for them.
TEST_F(DialTest, AConnectionThatCameInTimeIsTakenHoweverLateTheLoopComesToIt) {
  constexpr size_t kDials = 400;
  Listen();
  target_.timeout = absl::Milliseconds(50);
  loop_->UpdateNow();  // It stands where the loop was made, before the keys were.
  std::vector<std::unique_ptr<Dial>> dials;
  size_t connected = 0;
  size_t failed = 0;
  for (size_t i = 0; i < kDials; ++i) {
    dials.push_back(std::make_unique<Dial>(
        loop_.get(), target_, [&](absl::StatusOr<Stream> r) { ++(r.ok() ? connected : failed); }));
  }
  loop_->RunOnce(absl::ZeroDuration());
  const absl::Time late = absl::Now() + 2 * target_.timeout;
  while (absl::Now() < late) {
  }
  EXPECT_TRUE(net::testing::RunUntil(loop_.get(), [&] { return connected + failed == kDials; }));
  EXPECT_EQ(failed, 0u);
}

TEST_F(DialTest, SaysWhereNobodyListens) {
  Listen();
  acceptor_->Stop();
  const auto stream = Connect();
  EXPECT_THAT(stream.status(),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr(target_.address.ToString())));
}

TEST_F(DialTest, SaysWhereThisProcessHasNoDescriptorLeft) {
  Listen();
  {
    net::testing::FewDescriptors none(/*spare=*/0);
    EXPECT_THAT(Connect().status(),
                StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("Too many open files")));
  }
  EXPECT_OK(Connect());
}

TEST_F(DialTest, TimesOutWhereTlsIsNotAnswered) {
  Listen();  // In plaintext: the server says nothing.
  target_.tls = Credentials("client.test")->client;
  target_.server_name = target_.expected_id = "server.test";
  target_.timeout = absl::Milliseconds(50);
  EXPECT_THAT(Connect().status(), StatusIs(absl::StatusCode::kDeadlineExceeded,
                                           HasSubstr("connect timed out after 50ms")));
}

TEST_F(DialTest, WantsTheExpectedIdentity) {
  server_context_ = Credentials("server.test")->server;
  Listen();
  target_.tls = Credentials("client.test")->client;
  target_.server_name = target_.expected_id = "server.test";
  EXPECT_OK(Connect());
  target_.expected_id = "other.test";
  EXPECT_FALSE(Connect().ok());
}

TEST_F(DialTest, DoesNotShowACertificateThatHasExpired) {
  server_context_ = Credentials("server.test")->server;
  Listen();
  target_.tls = Credentials("client.test", -absl::Minutes(1))->client;
  target_.server_name = target_.expected_id = "server.test";
  EXPECT_THAT(Connect().status(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                           HasSubstr("own certificate expired at")));
  EXPECT_EQ(accepted_, nullptr);
}

TEST_F(DialTest, SendsTheHeaderOnlyWhereItWasAgreedTo) {
  target_.tls = Credentials("client.test")->client_transport;
  target_.server_name = target_.expected_id = "server.test";
  target_.transport_header = "header";
  const CredentialsPtr server = Credentials("server.test");
  server_context_ = server->server_direct;
  Listen();
  auto agreed = Connect();
  ASSERT_OK(agreed);
  EXPECT_EQ(ReceivedWith(agreed->get()), "header!");
  server_context_ = server->server;
  auto not_agreed = Connect();
  ASSERT_OK(not_agreed);
  EXPECT_EQ(ReceivedWith(not_agreed->get()), "!");
}

}  // namespace
}  // namespace gossamer::proxy
