#include <poll.h>
#include <sys/socket.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/http/http1/client_connection.h"
#include "lib/http/http2/connection.h"
#include "lib/http/testing/recorder.h"
#include "lib/log/log.h"
#include "lib/net/tcp_stream.h"
#include "lib/net/testing/loopback.h"
#include "lib/status/status_matchers.h"
#include "lib/time/clock.h"
#include "lib/tls/tls_stream.h"
#include "lib/x509/testing/test_pki.h"
#include "proxy/admin/admin.h"
#include "proxy/identity/credentials.h"

namespace gossamer::proxy {
namespace {

using http::BodyKind;
using http::testing::StreamRecorder;
using http::testing::TestRequest;
using net::testing::RunUntil;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr char kServerName[] = "proxy.test";
constexpr char kMetrics[] = "# TYPE some_total counter\nsome_total 1\n";

class AdminServerTest : public ::testing::Test,
                        private http1::ClientConnection::Observer,
                        private http2::ClientConnection::Observer {
 protected:
  void SetUp() override {
    ASSERT_OK(log::SetFilter("warn"));
    credentials_ = MakeIdentity(kServerName);
    MakeAdmin();
  }
  void TearDown() override {
    h1_.reset();
    h2_.reset();
    admin_.reset();
    loop_->RunOnce(absl::ZeroDuration());
  }

  void MakeAdmin() {
    Admin::Hooks hooks;
    hooks.ready = [this] { return ready_; };
    hooks.metrics = [] { return std::string(kMetrics); };
    hooks.shutdown = [this] { ++shutdowns_; };
    hooks.tls = [this] { return credentials_ == nullptr ? nullptr : credentials_->server; };
    hooks.server_name = kServerName;
    auto admin = Admin::Create(loop_.get(), address_, /*shutdown_enabled=*/true, std::move(hooks));
    ASSERT_OK(admin);
    admin_ = *std::move(admin);
  }
  CredentialsPtr MakeIdentity(const std::string& name) {
    const auto leaf = ca_.Issue(name, absl::Now());
    return *MakeCredentials({std::string(leaf.certificate.der())}, leaf.key,
                            std::make_shared<x509::TrustAnchors>(ca_.Anchors()),
                            absl::Now() + absl::Hours(1), Clock::Real());
  }
  bool Until(const std::function<bool()>& done) { return RunUntil(loop_.get(), done); }

  Admin::Response Handle(absl::string_view method, absl::string_view path,
                         absl::string_view body = "", bool from_loopback = true) {
    Admin::Request request;
    request.method = method;
    request.path = path;
    request.body = body;
    request.from_loopback = from_loopback;
    Admin::Response answer;
    admin_->Handle(request, [&](const Admin::Response& response) { answer = response; });
    return answer;
  }

  std::unique_ptr<net::TcpStream> Connect() {
    auto tcp = *net::TcpStream::Create(loop_.get(), *net::Connect(address_, {}));
    int error = -1;
    EXPECT_TRUE(Until([&] {
      pollfd writable = {tcp->fd(), POLLOUT, 0};
      if (poll(&writable, 1, 0) > 0) error = net::SocketError(tcp->fd());
      return error >= 0;
    }));
    EXPECT_EQ(error, 0);
    return tcp;
  }
  // Null where the handshake fails.
  std::unique_ptr<tls::TlsStream> ConnectTls() {
    std::optional<absl::Status> status;
    auto tls =
        *tls::TlsStream::Create(loop_.get(), Connect(), MakeIdentity("client.test")->client,
                                {kServerName, kServerName}, [&](absl::Status s) { status = s; });
    EXPECT_TRUE(Until([&] { return status.has_value(); }));
    EXPECT_OK(*status);
    return tls;
  }
  void UseHttp1(std::unique_ptr<net::ByteStream> stream) {
    http1::ClientConnection::Observer* self = this;
    h1_ = std::make_unique<http1::ClientConnection>(loop_.get(), std::move(stream),
                                                    http1::HeadLimits(), self);
    h1_->Start();
  }
  void UseHttp2(std::unique_ptr<net::ByteStream> stream) {
    http2::ClientConnection::Observer* self = this;
    h2_ = *http2::ClientConnection::Create(loop_.get(), std::move(stream), {}, self);
  }
  // Sends a request over the connection in use; "STATUS BODY", or the events where it failed.
  std::string Ask(absl::string_view method, absl::string_view path, absl::string_view body = "") {
    const BodyKind kind = body.empty() ? BodyKind::kNone : BodyKind::kContentLength;
    TestRequest request(method, path, kind, body.size());
    answer_ = StreamRecorder();
    answer_.stream = h1_ != nullptr ? h1_->StartRequest(request.head, &answer_)
                                    : h2_->StartRequest(request.head, &answer_);
    if (answer_.stream == nullptr) return "not sent";
    if (!body.empty()) {
      answer_.stream->SendData(body);
      answer_.stream->SendEnd(nullptr);
    }
    EXPECT_TRUE(Until([&] { return answer_.over; }));
    loop_->RunOnce(absl::ZeroDuration());  // The connection is free with the turn's end.
    if (!answer_.done()) return answer_.log;
    return absl::StrCat(answer_.status, " ", answer_.body);
  }

  std::unique_ptr<event::Loop> loop_ = *event::Loop::Create();
  x509::testing::TestCa ca_{"root.test", absl::Now()};
  CredentialsPtr credentials_;
  // Each test has a network of its own.
  const net::SocketAddress address_ = *net::SocketAddress::Parse("127.0.0.1:4191");
  bool ready_ = true;
  int shutdowns_ = 0;
  std::unique_ptr<Admin> admin_;
  StreamRecorder answer_;
  std::unique_ptr<http1::ClientConnection> h1_;
  std::unique_ptr<http2::ClientConnection> h2_;

 private:
  void OnClientIdle(http1::ClientConnection*) override {}
  void OnClientClosed(http1::ClientConnection*) override {}
  void OnClientDraining(http2::ClientConnection*) override {}
  void OnClientClosed(http2::ClientConnection*) override {}
};

TEST_F(AdminServerTest, AnswersByPathMethodAndClient) {
  struct Case {
    const char* method;
    const char* path;
    bool from_loopback;
    int status;
    const char* body;
    const char* allow = nullptr;
  };
  constexpr char kLocalOnly[] = "Requests are only permitted from localhost.";
  for (const Case& c : std::vector<Case>{
           {"GET", "/live", false, 200, "live\n"},
           {"POST", "/live", false, 200, "live\n"},
           {"GET", "/ready", false, 200, "ready\n"},
           {"HEAD", "/ready", true, 200, "ready\n"},
           {"GET", "/metrics", false, 200, kMetrics},
           {"GET", "/", false, 404, ""},
           {"GET", "/live/", false, 404, ""},
           {"GET", "/Live", false, 404, ""},
           {"GET", "/tasks", true, 404, ""},
           {"GET", "/proxy-log-level", true, 200, "warn"},
           {"GET", "/proxy-log-level", false, 403, kLocalOnly},
           {"PUT", "/proxy-log-level", false, 403, kLocalOnly},
           {"POST", "/proxy-log-level", true, 405, "", "GET, PUT"},
           {"DELETE", "/proxy-log-level", true, 405, "", "GET, PUT"},
           {"GET", "/shutdown", true, 405, "", "POST"},
           {"PUT", "/shutdown", true, 405, "", "POST"},
           {"POST", "/shutdown", false, 403, kLocalOnly},
           {"GET", "/shutdown", false, 403, kLocalOnly},
       }) {
    const Admin::Response response = Handle(c.method, c.path, "", c.from_loopback);
    const std::string what = absl::StrCat(c.method, " ", c.path, " ", c.from_loopback);
    EXPECT_EQ(response.status, c.status) << what;
    EXPECT_EQ(response.body, c.body) << what;
    EXPECT_EQ(std::string(response.allow == nullptr ? "" : response.allow),
              c.allow == nullptr ? "" : c.allow)
        << what;
  }
  EXPECT_EQ(shutdowns_, 0);
}

TEST_F(AdminServerTest, ChangesTheLogLevel) {
  EXPECT_EQ(Handle("PUT", "/proxy-log-level", "info,proxy=debug").status, 204);
  EXPECT_EQ(Handle("GET", "/proxy-log-level").body, "info,proxy=debug");
  const Admin::Response bad = Handle("PUT", "/proxy-log-level", "proxy=loud");
  EXPECT_EQ(bad.status, 400);
  EXPECT_THAT(bad.body, HasSubstr("loud"));
  EXPECT_EQ(Handle("GET", "/proxy-log-level").body, "info,proxy=debug") << "as it was";
}

TEST_F(AdminServerTest, ServesHttp1WithKeepAlive) {
  UseHttp1(Connect());
  EXPECT_EQ(Ask("GET", "/live"), "200 live\n");
  EXPECT_EQ(Ask("GET", "/metrics?x=1"), absl::StrCat("200 ", kMetrics));
  EXPECT_THAT(answer_.fields, Contains("content-type: text/plain; version=0.0.4; charset=utf-8"));
  EXPECT_EQ(Ask("HEAD", "/metrics"), "200 ");
  EXPECT_THAT(answer_.fields, Contains(absl::StrCat("content-length: ", sizeof(kMetrics) - 1)));
  EXPECT_EQ(Ask("GET", "/nowhere"), "404 ");
  EXPECT_EQ(Ask("POST", "/proxy-log-level"), "405 ");
  EXPECT_THAT(answer_.fields, Contains("allow: GET, PUT"));
  EXPECT_EQ(Ask("PUT", "/proxy-log-level", "error"), "204 ");
  EXPECT_EQ(Ask("GET", "/proxy-log-level"), "200 error");
  EXPECT_EQ(Ask("PUT", "/proxy-log-level", "[").substr(0, 4), "400 ");
  EXPECT_EQ(Ask("POST", "/shutdown"), "200 shutdown\n");
  EXPECT_EQ(shutdowns_, 1);
}

TEST_F(AdminServerTest, ServesHttp2WithPriorKnowledge) {
  UseHttp2(Connect());
  EXPECT_EQ(Ask("GET", "/ready"), "200 ready\n");
  EXPECT_EQ(Ask("PUT", "/proxy-log-level", "error"), "204 ");
  EXPECT_EQ(Ask("GET", "/proxy-log-level"), "200 error");
  EXPECT_EQ(Ask("HEAD", "/live"), "200 ");
}

TEST_F(AdminServerTest, ServesBothOverMeshTls) {
  UseHttp1(ConnectTls());
  EXPECT_EQ(Ask("GET", "/live"), "200 live\n");
  h1_.reset();
  UseHttp2(ConnectTls());
  EXPECT_EQ(Ask("GET", "/metrics"), absl::StrCat("200 ", kMetrics));
}

TEST_F(AdminServerTest, ServesPlaintextBeforeItHasACertificate) {
  credentials_ = nullptr;
  ready_ = false;
  UseHttp1(Connect());
  EXPECT_EQ(Ask("GET", "/ready"), "503 not ready\n");
}

TEST_F(AdminServerTest, RefusesABodyThatIsTooLarge) {
  UseHttp1(Connect());
  EXPECT_EQ(Ask("PUT", "/proxy-log-level", "warn," + std::string(20'000, 'x')).substr(0, 4),
            "413 ");
  EXPECT_EQ(log::FilterText(), "warn");
  h1_.reset();
  UseHttp2(Connect());
  EXPECT_EQ(Ask("PUT", "/proxy-log-level", "warn," + std::string(20'000, 'x')).substr(0, 4),
            "413 ");
  EXPECT_EQ(Ask("GET", "/live"), "200 live\n");
}

TEST_F(AdminServerTest, RefusesWhatIsNoHttp) {
  auto tcp = Connect();
  ASSERT_EQ(tcp->Write("\x01\x02\x03\r\n\r\n").status, net::IoStatus::kOk);
  std::string answer;
  ASSERT_TRUE(Until([&] {
    char buffer[1024];
    const net::IoResult result = tcp->Read(buffer, sizeof(buffer));
    if (result.status == net::IoStatus::kOk) answer.append(buffer, result.bytes);
    return result.status == net::IoStatus::kEof || result.status == net::IoStatus::kError;
  }));
  EXPECT_THAT(answer, ::testing::StartsWith("HTTP/1.1 400 "));
}

TEST_F(AdminServerTest, ClosesAConnectionThatSaysNothing) {
  auto tcp = Connect();
  EXPECT_TRUE(Until([&] {
    char byte;
    return tcp->Read(&byte, 1).status == net::IoStatus::kEof;
  }));
}

TEST_F(AdminServerTest, HasRoomForSoManyConnections) {
  constexpr int kMax = 256;
  std::vector<net::UniqueFd> sockets;
  for (int i = 0; i < kMax + 1; ++i) sockets.push_back(*net::Connect(address_, {}));
  // The one too many is closed, long before the silent ones are.
  EXPECT_TRUE(Until([&] {
    char byte;
    return recv(sockets.back().get(), &byte, 1, MSG_DONTWAIT) == 0;
  }));
}

TEST_F(AdminServerTest, ItsEndClosesConnections) {
  UseHttp1(Connect());
  EXPECT_EQ(Ask("GET", "/live"), "200 live\n");
  admin_.reset();
  EXPECT_TRUE(Until([&] { return !h1_->idle(); }));
}

TEST_F(AdminServerTest, NamesTheVariableOfAnAddressThatIsTaken) {
  EXPECT_THAT(Admin::Create(loop_.get(), address_, false, {}).status().message(),
              HasSubstr("LINKERD2_PROXY_ADMIN_LISTEN_ADDR"));
}

}  // namespace
}  // namespace gossamer::proxy
