#include "lib/tls/tls_stream.h"

#include <sys/socket.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/testing/loopback.h"
#include "lib/status/status_matchers.h"
#include "lib/x509/testing/test_pki.h"

namespace gossamer::tls {
namespace {

using net::IoResult;
using net::IoStatus;
using net::testing::RunUntil;
using ::testing::HasSubstr;

// One end of a connection, which reads and keeps everything unless told otherwise.
class End final : public event::IoHandler {
 public:
  std::unique_ptr<TlsStream> stream;
  absl::Status handshake;
  bool handshaken = false;
  std::function<void()> on_handshake;

  bool reading = true;
  size_t read_size = 16 * 1024;
  std::string received;
  IoResult end;  // kEof or kError once reading has ended.
  bool ended = false;

  ByteQueue pending;  // Yet to be written.
  bool blocked = false;
  int error = 0;
  std::function<void()> on_data;

  void OnHandshake(absl::Status status) {
    handshake = std::move(status);
    handshaken = true;
    if (stream != nullptr && handshake.ok()) {
      stream->SetHandler(this);
      Read();
    }
    if (on_handshake) on_handshake();
  }
  void OnIo(event::IoEvents events) override {
    if (events.writable) Flush();
    if (events.readable) Read();
  }
  void Read() {
    std::string buffer(read_size, '\0');
    while (stream != nullptr && reading && !ended) {
      const IoResult result = stream->Read(buffer.data(), buffer.size());
      if (result.status == IoStatus::kBlocked) return;
      if (result.status != IoStatus::kOk) {
        ended = true;
        end = result;
        return;
      }
      received.append(buffer, 0, result.bytes);
      if (on_data) on_data();
    }
  }
  void Write(absl::string_view data) {
    pending.Append(data);
    Flush();
  }
  void Flush() {
    const IoResult result = stream->Write(&pending);
    blocked = result.status == IoStatus::kBlocked;
    if (result.status == IoStatus::kError) error = result.error;
  }
};

struct Parties {
  End client;
  End server;
};

class TlsStreamTest : public testing::Test {
 protected:
  TlsStreamTest()
      : loop_(*event::Loop::Create()),
        server_leaf_(ca_.Issue("server.test")),
        client_leaf_(ca_.Issue("client.test")) {}

  // Accepts who is of this authority, and of `expected_id` where that is asked for.
  ChainVerifier Verifier(x509::PeerRole role) {
    return [this, role](absl::Span<const absl::string_view> chain,
                        absl::string_view expected_id) -> absl::StatusOr<std::string> {
      auto peer = ca_.Anchors().VerifyChain(chain, role, x509::testing::TestNow());
      if (!peer.ok()) return peer.status();
      const std::string id = peer->leaf.FirstId()->value();
      if (!expected_id.empty() && id != expected_id) {
        return absl::PermissionDeniedError(absl::StrCat("this is ", id));
      }
      return id;
    };
  }
  ContextOptions ServerOptions() {
    ContextOptions options;
    options.role = Role::kServer;
    options.chain = {server_leaf_.certificate.der()};
    options.key = server_leaf_.key.get();
    options.verify = Verifier(x509::PeerRole::kClient);
    return options;
  }
  ContextOptions ClientOptions() {
    ContextOptions options;
    options.role = Role::kClient;
    options.chain = {client_leaf_.certificate.der()};
    options.key = client_leaf_.key.get();
    options.verify = Verifier(x509::PeerRole::kServer);
    return options;
  }
  std::shared_ptr<const Context> Make(const ContextOptions& options) {
    return *Context::Create(options);
  }

  void Attach(End* end, std::unique_ptr<net::TcpStream> tcp, std::shared_ptr<const Context> context,
              TlsStream::Options options = {}) {
    end->stream = *TlsStream::Create(loop_.get(), std::move(tcp), std::move(context), options,
                                     [end](absl::Status status) { end->OnHandshake(status); });
  }
  void Connect(Parties* parties, const ContextOptions& client, const ContextOptions& server,
               TlsStream::Options options = {"server.test", "server.test"}, int buffer_bytes = 0) {
    net::testing::StreamPair pair = net::testing::TcpStreamPair(loop_.get(), buffer_bytes);
    Attach(&parties->client, std::move(pair.client), Make(client), options);
    Attach(&parties->server, std::move(pair.server), Make(server));
    EXPECT_TRUE(RunUntil(loop_.get(),
                         [&] { return parties->client.handshaken && parties->server.handshaken; }));
  }
  void Connect(Parties* parties, int buffer_bytes = 0) {
    Connect(parties, ClientOptions(), ServerOptions(), {"server.test", "server.test"},
            buffer_bytes);
    ASSERT_OK(parties->client.handshake);
    ASSERT_OK(parties->server.handshake);
  }
  testing::AssertionResult Until(const std::function<bool()>& done) {
    if (RunUntil(loop_.get(), done)) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "not within ten seconds";
  }

  std::unique_ptr<event::Loop> loop_;
  x509::testing::TestCa ca_;
  x509::testing::TestLeaf server_leaf_;
  x509::testing::TestLeaf client_leaf_;
};

TEST_F(TlsStreamTest, ProvesBothSidesToEachOther) {
  Parties p;
  Connect(&p);
  EXPECT_EQ(p.client.stream->peer_id(), "server.test");
  EXPECT_EQ(p.server.stream->peer_id(), "client.test");
  EXPECT_EQ(p.client.stream->alpn(), "");
  p.client.Write("ping");
  p.server.Write("pong");
  ASSERT_TRUE(Until([&] { return p.client.received == "pong" && p.server.received == "ping"; }));
}

struct AlpnCase {
  std::vector<std::string> client, server;
  std::string agreed;
};

TEST_F(TlsStreamTest, TheServerChoosesTheProtocol) {
  for (const AlpnCase& test : std::vector<AlpnCase>{
           {{"a", "b"}, {"b", "a"}, "b"},
           {{"a"}, {"b"}, ""},  // None in common: the connection stands without.
           {{"a"}, {}, ""},
           {{}, {"a"}, ""},
           {{"transport.l5d.io/v1"}, {"transport.l5d.io/v1"}, "transport.l5d.io/v1"},
       }) {
    ContextOptions client = ClientOptions(), server = ServerOptions();
    client.alpn = test.client;
    server.alpn = test.server;
    Parties p;
    Connect(&p, client, server);
    EXPECT_OK(p.client.handshake);
    EXPECT_EQ(p.client.stream->alpn(), test.agreed);
    EXPECT_EQ(p.server.stream->alpn(), test.agreed);
  }
}

TEST_F(TlsStreamTest, LetsAClientWithoutCertificateIn) {
  ContextOptions anonymous = ClientOptions();
  anonymous.chain.clear();
  Parties p;
  Connect(&p, anonymous, ServerOptions());
  EXPECT_OK(p.server.handshake);
  EXPECT_EQ(p.server.stream->peer_id(), "");
}

TEST_F(TlsStreamTest, AClientRefusesAServerOfAnotherName) {
  Parties p;
  Connect(&p, ClientOptions(), ServerOptions(), {"other.test", "other.test"});
  EXPECT_THAT(p.client.handshake,
              StatusIs(absl::StatusCode::kPermissionDenied, "this is server.test"));
  EXPECT_THAT(std::string(p.server.handshake.message()), HasSubstr("CERTIFICATE"));
}

TEST_F(TlsStreamTest, AServerRefusesAClientOfAnotherAuthority) {
  x509::testing::TestCa other("other.test");
  const x509::testing::TestLeaf leaf = other.Issue("client.test");
  ContextOptions client = ClientOptions();
  client.chain = {leaf.certificate.der()};
  client.key = leaf.key.get();
  Parties p;
  Connect(&p, client, ServerOptions());
  EXPECT_EQ(p.server.handshake.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_NE(p.server.handshake.message(), "");
  // A TLS 1.3 client is done before the server has judged it: the refusal comes as an alert.
  EXPECT_OK(p.client.handshake);
  ASSERT_TRUE(Until([&] { return p.client.ended; }));
  EXPECT_EQ(p.client.end.status, IoStatus::kError);
  EXPECT_EQ(p.client.end.error, EPROTO);
}

TEST_F(TlsStreamTest, RefusesGarbageInAHandshake) {
  net::testing::StreamPair pair = net::testing::TcpStreamPair(loop_.get());
  End server;
  Attach(&server, std::move(pair.server), Make(ServerOptions()));
  ASSERT_EQ(pair.client->Write("GET / HTTP/1.1\r\nhost: h\r\n\r\n").status, IoStatus::kOk);
  ASSERT_TRUE(Until([&] { return server.handshaken; }));
  EXPECT_EQ(server.handshake.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(server.handshake.message()), HasSubstr("TLS handshake"));
}

TEST_F(TlsStreamTest, TellsOfAnEndWithinTheHandshake) {
  for (const bool reset : {false, true}) {
    net::testing::StreamPair pair = net::testing::TcpStreamPair(loop_.get());
    End client;
    Attach(&client, std::move(pair.client), Make(ClientOptions()));
    ASSERT_TRUE(Until([&] {
      char byte;
      return pair.server->Peek(&byte, 1).status == IoStatus::kOk;
    }));
    if (!reset) {
      char hello[4096];
      (void)pair.server->Read(hello, sizeof(hello));
    }
    pair.server.reset();  // With the hello unread, the kernel resets.
    ASSERT_TRUE(Until([&] { return client.handshaken; }));
    EXPECT_EQ(client.handshake.code(), absl::StatusCode::kUnavailable);
  }
}

TEST_F(TlsStreamTest, MayBeDestroyedWithinItsHandshakeCallback) {
  for (const bool good : {true, false}) {
    Parties p;
    p.client.on_handshake = [&] { p.client.stream.reset(); };
    p.server.on_handshake = [&] { p.server.stream.reset(); };
    const std::string name = good ? "server.test" : "other.test";
    Connect(&p, ClientOptions(), ServerOptions(), {name, name});
    EXPECT_EQ(p.client.handshake.ok(), good);
  }
}

TEST_F(TlsStreamTest, MayBeDestroyedWhileTheHandshakeRuns) {
  net::testing::StreamPair pair = net::testing::TcpStreamPair(loop_.get());
  End client;
  Attach(&client, std::move(pair.client), Make(ClientOptions()));
  client.stream.reset();
  loop_->RunOnce(absl::ZeroDuration());
  EXPECT_FALSE(client.handshaken);
}

std::string RandomBytes(size_t size, std::mt19937* random) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>((*random)());
  return bytes;
}

TEST_F(TlsStreamTest, CarriesMuchBothWaysInPiecesOfAnySize) {
  std::mt19937 random(7);
  const std::string up = RandomBytes(3'000'000, &random);
  const std::string down = RandomBytes(3'000'000, &random);
  Parties p;
  Connect(&p, /*buffer_bytes=*/64 * 1024);
  size_t up_sent = 0, down_sent = 0;
  const auto push = [&](End* end, const std::string& text, size_t* sent) {
    if (end->blocked || *sent == text.size()) return;
    const size_t step = std::min<size_t>(random() % 100'000, text.size() - *sent);
    end->Write(absl::string_view(text).substr(*sent, step));
    *sent += step;
  };
  ASSERT_TRUE(Until([&] {
    p.client.read_size = 1 + random() % 70'000;
    p.server.read_size = 1 + random() % 20'000;
    push(&p.client, up, &up_sent);
    push(&p.server, down, &down_sent);
    return p.server.received.size() == up.size() && p.client.received.size() == down.size();
  }));
  EXPECT_TRUE(p.server.received == up);
  EXPECT_TRUE(p.client.received == down);
}

TEST_F(TlsStreamTest, AWriterIsStoppedByAPeerThatDoesNotRead) {
  Parties p;
  Connect(&p, /*buffer_bytes=*/16 * 1024);
  p.server.reading = false;
  std::mt19937 random(8);
  const std::string text = RandomBytes(5'000'000, &random);
  p.client.Write(text);
  for (int i = 0; i < 20; ++i) loop_->RunOnce(absl::Milliseconds(1));
  EXPECT_TRUE(p.client.blocked);
  EXPECT_GT(p.client.pending.size(), 3'000'000u);
  p.server.reading = true;
  p.server.Read();
  ASSERT_TRUE(Until([&] { return p.server.received.size() == text.size(); }));
  EXPECT_TRUE(p.server.received == text);
  EXPECT_FALSE(p.client.blocked);
}

// Streams of one thread share a buffer: what one of them leaves unread when another reads is kept.
TEST_F(TlsStreamTest, StreamsThatStopReadingInTheMiddleLoseNothing) {
  std::mt19937 random(9);
  constexpr int kStreams = 5;
  std::vector<std::unique_ptr<Parties>> all;
  std::vector<std::string> texts;
  for (int i = 0; i < kStreams; ++i) {
    all.push_back(std::make_unique<Parties>());
    Connect(all.back().get());
    texts.push_back(RandomBytes(150'000 + i, &random));
    // Stops after every read, and goes on when the test says.
    End* server = &all.back()->server;
    server->read_size = 7'000;
    server->on_data = [server] { server->reading = false; };
  }
  for (int i = 0; i < kStreams; ++i) all[i]->client.Write(texts[i]);
  ASSERT_TRUE(Until([&] {
    bool whole = true;
    for (int i = 0; i < kStreams; ++i) {
      End* server = &all[random() % kStreams]->server;
      server->reading = true;
      server->Read();
      whole = whole && all[i]->server.received.size() == texts[i].size();
    }
    return whole;
  }));
  for (int i = 0; i < kStreams; ++i) EXPECT_TRUE(all[i]->server.received == texts[i]);
}

TEST_F(TlsStreamTest, EndsOneDirectionAndGoesOnInTheOther) {
  Parties p;
  Connect(&p);
  p.client.Write("last words");
  p.client.stream->ShutdownWrite();
  ASSERT_TRUE(Until([&] { return p.server.ended; }));
  EXPECT_EQ(p.server.end.status, IoStatus::kEof);
  EXPECT_EQ(p.server.received, "last words");
  p.server.Write("an answer");
  ASSERT_TRUE(Until([&] { return p.client.received == "an answer"; }));
  p.server.stream->ShutdownWrite();
  ASSERT_TRUE(Until([&] { return p.client.ended; }));
  EXPECT_EQ(p.client.end.status, IoStatus::kEof);
}

TEST_F(TlsStreamTest, EndsOnlyBehindWhatABlockedSocketStillHolds) {
  Parties p;
  Connect(&p, /*buffer_bytes=*/16 * 1024);
  p.server.reading = false;
  // Until the stream has taken all of a piece, and holds some of it.
  std::string sent;
  while (!p.client.blocked) {
    p.client.Write(std::string(1000, 'x'));
    sent += std::string(1000, 'x');
  }
  ASSERT_EQ(p.client.pending.size(), 0u);
  p.client.stream->ShutdownWrite();
  p.server.reading = true;
  p.server.Read();
  ASSERT_TRUE(Until([&] { return p.server.ended; }));
  EXPECT_EQ(p.server.end.status, IoStatus::kEof);
  EXPECT_EQ(p.server.received.size(), sent.size());
}

TEST_F(TlsStreamTest, DestroyingAStreamEndsItInOrder) {
  Parties p;
  Connect(&p);
  p.client.Write("bye");
  p.client.stream.reset();
  ASSERT_TRUE(Until([&] { return p.server.ended; }));
  EXPECT_EQ(p.server.end.status, IoStatus::kEof);
  EXPECT_EQ(p.server.received, "bye");
}

TEST_F(TlsStreamTest, AnAbortiveCloseLooksLikeNoneInOrder) {
  Parties p;
  Connect(&p);
  p.client.Write("half");
  ASSERT_TRUE(Until([&] { return p.server.received == "half"; }));
  p.client.stream->ResetOnClose();
  p.client.stream.reset();
  ASSERT_TRUE(Until([&] { return p.server.ended; }));
  EXPECT_EQ(p.server.end.status, IoStatus::kError);
  EXPECT_EQ(p.server.end.error, ECONNRESET);
}

TEST_F(TlsStreamTest, AFinWithoutCloseNotifyIsATruncation) {
  Parties p;
  Connect(&p);
  p.client.Write("half");
  ASSERT_EQ(shutdown(p.client.stream->fd(), SHUT_WR), 0);
  ASSERT_TRUE(Until([&] { return p.server.ended; }));
  EXPECT_EQ(p.server.received, "half");
  EXPECT_EQ(p.server.end.status, IoStatus::kError);
  EXPECT_EQ(p.server.end.error, ECONNRESET);
}

TEST_F(TlsStreamTest, RefusesAnAlteredRecord) {
  Parties p;
  Connect(&p);
  ASSERT_EQ(
      send(p.client.stream->fd(), "\x17\x03\x03\x00\x20 no record of this connection..", 37, 0),
      37);
  ASSERT_TRUE(Until([&] { return p.server.ended; }));
  EXPECT_EQ(p.server.end.error, EPROTO);
  ASSERT_TRUE(Until([&] { return p.client.ended; }));  // By an alert.
}

// RFC 8446 section 4.6.3: either side may change its keys at any time, and data flows on.
TEST_F(TlsStreamTest, KeysAreUpdatedUnderTraffic) {
  std::mt19937 random(10);
  const std::string text = RandomBytes(1'000'000, &random);
  Parties p;
  Connect(&p, /*buffer_bytes=*/64 * 1024);
  size_t sent = 0;
  int updates = 0;
  ASSERT_TRUE(Until([&] {
    if (!p.client.blocked && sent < text.size()) {
      const size_t step = std::min<size_t>(random() % 50'000, text.size() - sent);
      p.client.Write(absl::string_view(text).substr(sent, step));
      sent += step;
      updates += p.client.stream->UpdateKey() ? 1 : 0;
    }
    updates += p.server.stream->UpdateKey() ? 1 : 0;
    p.server.Write("x");
    return p.server.received.size() == text.size();
  }));
  EXPECT_TRUE(p.server.received == text);
  EXPECT_GT(updates, 10);
  const size_t answers = p.client.received.size();
  p.server.Write("y");
  ASSERT_TRUE(Until([&] { return p.client.received.size() > answers; }));
}

TEST_F(TlsStreamTest, RefusesAnEndlessRowOfKeyUpdates) {
  Parties p;
  Connect(&p);
  ASSERT_TRUE(Until([&] {
    p.client.stream->UpdateKey();
    return p.server.ended;
  }));
  EXPECT_EQ(p.server.end.error, EPROTO);
}

TEST_F(TlsStreamTest, RefusesRecordsThatAreTooLargeOrPlain) {
  for (const std::string& bytes :
       {std::string("\x17\x03\x03\x41\x01", 5), std::string("\x15\x03\x03\0\x02\x01\0", 7),
        std::string("\x16\x03\x03\0\x05\x18\0\0\x01\0", 10)}) {
    Parties p;
    Connect(&p);
    ASSERT_EQ(send(p.client.stream->fd(), bytes.data(), bytes.size(), 0),
              static_cast<ssize_t>(bytes.size()));
    ASSERT_TRUE(Until([&] { return p.server.ended; }));
    EXPECT_EQ(p.server.end.error, EPROTO);
    EXPECT_EQ(p.server.received, "");
  }
}

// Sniffers read a little at a time, of records of any size.
TEST_F(TlsStreamTest, AReaderWithoutRoomForARecordGetsItInPieces) {
  std::mt19937 random(11);
  const std::string text = RandomBytes(100'000, &random);
  Parties p;
  p.server.read_size = 100;
  Connect(&p);
  p.client.Write(text);
  p.client.stream->ShutdownWrite();
  ASSERT_TRUE(Until([&] { return p.server.ended; }));
  EXPECT_TRUE(p.server.received == text);
  EXPECT_EQ(p.server.end.status, IoStatus::kEof);
}

TEST_F(TlsStreamTest, WritingToALostPeerFails) {
  Parties p;
  Connect(&p);
  p.server.stream->ResetOnClose();
  p.server.stream.reset();
  ASSERT_TRUE(Until([&] {
    p.client.Write("x");
    return p.client.error != 0;
  }));
  EXPECT_TRUE(p.client.error == ECONNRESET || p.client.error == EPIPE) << p.client.error;
}

TEST_F(TlsStreamTest, MayBeDestroyedWithinAReadCallback) {
  Parties p;
  Connect(&p);
  p.server.on_data = [&] { p.server.stream.reset(); };
  p.client.Write(std::string(100'000, 'x'));
  ASSERT_TRUE(Until([&] { return p.client.ended; }));
}

TEST_F(TlsStreamTest, AnotherContextLeavesConnectionsAlone) {
  Parties p;
  auto context = Make(ServerOptions());
  net::testing::StreamPair pair = net::testing::TcpStreamPair(loop_.get());
  Attach(&p.client, std::move(pair.client), Make(ClientOptions()), {"server.test", "server.test"});
  Attach(&p.server, std::move(pair.server), context);
  context.reset();
  ASSERT_TRUE(Until([&] { return p.client.handshaken && p.server.handshaken; }));
  p.client.Write("ping");
  ASSERT_TRUE(Until([&] { return p.server.received == "ping"; }));
}

TEST_F(TlsStreamTest, AContextSaysWhatItLacks) {
  ContextOptions options = ServerOptions();
  options.chain.clear();
  EXPECT_THAT(Context::Create(options),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("without certificate")));
  options = ServerOptions();
  options.key = client_leaf_.key.get();
  EXPECT_EQ(Context::Create(options).status().code(), absl::StatusCode::kInternal);
  options = ServerOptions();
  options.alpn = {""};
  EXPECT_THAT(Context::Create(options),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("ALPN")));
}

}  // namespace
}  // namespace gossamer::tls
