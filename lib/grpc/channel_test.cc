#include "lib/grpc/channel.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/byte_buffer.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/http/testing/recorder.h"
#include "lib/net/testing/loopback.h"
#include "lib/status/status_matchers.h"

namespace gossamer::rpc {
namespace {

using net::testing::RunUntil;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// What a test's gRPC server answers, by method.
class Reactor final : public grpc::ServerGenericBidiReactor {
 public:
  Reactor(std::string method, std::atomic<int>* cancelled)
      : method_(std::move(method)), cancelled_(cancelled) {
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    if (method_ == "/test.Service/Echo") return Send(request_, grpc::Status::OK);
    if (method_ == "/test.Service/Empty") return Finish(grpc::Status::OK);
    if (method_ == "/test.Service/Refuse") {
      return Finish({grpc::StatusCode::INVALID_ARGUMENT, "100% caf\xc3\xa9\nno"});
    }
    if (method_ == "/test.Service/FailLater") {
      return Send(request_, {grpc::StatusCode::NOT_FOUND, "gone"});
    }
    if (method_ == "/test.Service/Stream") {
      left_ = 1000;
      return OnWriteDone(true);
    }
    if (method_ == "/test.Service/Large") return Send(Buffer(kMaxMessageBytes), grpc::Status::OK);
    if (method_ == "/test.Service/TooLarge") {
      return Send(Buffer(kMaxMessageBytes + 1), grpc::Status::OK);
    }
    if (method_ == "/test.Service/Hang") return StartSendInitialMetadata();
    Finish({grpc::StatusCode::UNIMPLEMENTED, ""});
  }
  void OnWriteDone(bool ok) override {
    if (!ok || left_-- == 0) return Finish(grpc::Status::OK);
    response_ = Buffer(100);
    StartWrite(&response_);
  }
  void OnCancel() override {
    ++*cancelled_;
    if (method_ == "/test.Service/Hang") Finish(grpc::Status::CANCELLED);
  }
  void OnDone() override { delete this; }

 private:
  static grpc::ByteBuffer Buffer(size_t size) {
    const grpc::Slice slice(std::string(size, 'x'));
    return grpc::ByteBuffer(&slice, 1);
  }
  void Send(grpc::ByteBuffer response, const grpc::Status& status) {
    response_ = std::move(response);
    StartWriteAndFinish(&response_, grpc::WriteOptions(), status);
  }

  const std::string method_;
  std::atomic<int>* const cancelled_;
  grpc::ByteBuffer request_, response_;
  int left_ = 0;
};

class GenericService final : public grpc::CallbackGenericService {
 public:
  std::atomic<int> cancelled = 0;
  std::atomic<int> calls = 0;

 private:
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    ++calls;
    return new Reactor(context->method(), &cancelled);
  }
};

// Dials a loopback port, or hands out what the test has put there.
class TestConnector final : public Connector, private event::IoHandler {
 public:
  struct Script {
    int port = 0;
    int attempts = 0;
    std::unique_ptr<net::ByteStream> ready;
    absl::Status failure;
  };
  TestConnector(event::Loop* loop, Script* script)
      : loop_(loop), script_(script), deferred_(loop, [this] { Finish(); }) {}

  void Connect(OnDone done) override {
    done_ = std::move(done);
    ++script_->attempts;
    if (script_->port == 0) return deferred_.Schedule();
    auto fd =
        net::Connect(*net::SocketAddress::Parse(absl::StrCat("127.0.0.1:", script_->port)), {});
    tcp_ = *net::TcpStream::Create(loop_, *std::move(fd));
    tcp_->SetHandler(this);
  }
  void Cancel() override {
    deferred_.Cancel();
    tcp_.reset();
    done_ = nullptr;
  }

 private:
  void OnIo(event::IoEvents events) override {
    if (!events.writable) return;
    const int error = net::SocketError(tcp_->fd());
    if (error != 0) script_->failure = absl::ErrnoToStatus(error, "connect");
    tcp_->SetHandler(nullptr);
    script_->ready = std::move(tcp_);
    deferred_.Schedule();
  }
  void Finish() {
    OnDone done = std::exchange(done_, nullptr);
    if (!script_->failure.ok()) return done(script_->failure);
    done(std::move(script_->ready));
  }

  event::Loop* const loop_;
  Script* const script_;
  event::Deferred deferred_;
  std::unique_ptr<net::TcpStream> tcp_;
  OnDone done_;
};

class Recorder final : public Call::Observer {
 public:
  std::vector<std::string> messages;
  bool closed = false;
  absl::Status status;
  std::unique_ptr<Call> call;
  std::function<void()> on_message, on_closed;

  void OnMessage(absl::string_view message) override {
    messages.emplace_back(message);
    if (on_message) on_message();
  }
  void OnClosed(const absl::Status& end) override {
    ASSERT_FALSE(closed);
    closed = true;
    status = end;
    if (on_closed) on_closed();
  }
};

class ChannelTestBase : public testing::Test {
 protected:
  ChannelTestBase() : loop_(*event::Loop::Create()) {
    channel_ = std::make_unique<Channel>(loop_.get(), Channel::Options{"service.test", {}},
                                         std::make_unique<TestConnector>(loop_.get(), &script_));
  }
  Recorder* Start(absl::string_view method, absl::string_view request = "request") {
    calls_.push_back(std::make_unique<Recorder>());
    Recorder* recorder = calls_.back().get();
    recorder->call = channel_->Start(absl::StrCat("/test.Service/", method), request, recorder);
    return recorder;
  }
  testing::AssertionResult Until(const std::function<bool()>& done) {
    if (RunUntil(loop_.get(), done)) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "not within ten seconds";
  }
  testing::AssertionResult UntilClosed(Recorder* recorder) {
    return Until([&] { return recorder->closed; });
  }

  std::unique_ptr<event::Loop> loop_;
  TestConnector::Script script_;
  std::unique_ptr<Channel> channel_;
  std::vector<std::unique_ptr<Recorder>> calls_;
};

// Against a server of gRPC's own library.
class ChannelTest : public ChannelTestBase {
 protected:
  ChannelTest() { StartServer(); }
  ~ChannelTest() override {
    calls_.clear();
    channel_.reset();
    loop_->RunOnce(absl::ZeroDuration());
    StopServer();
  }
  void StartServer() {
    service_ = std::make_unique<GenericService>();
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &script_.port);
    builder.RegisterCallbackGenericService(service_.get());
    server_ = builder.BuildAndStart();
  }
  void StopServer() {
    if (server_ == nullptr) return;
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
    server_.reset();
  }

  std::unique_ptr<GenericService> service_;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(ChannelTest, CallsAndIsAnswered) {
  Recorder* call = Start("Echo", "hello");
  ASSERT_TRUE(UntilClosed(call));
  EXPECT_OK(call->status);
  EXPECT_THAT(call->messages, ElementsAre("hello"));
}

TEST_F(ChannelTest, CallsShareAConnection) {
  for (int i = 0; i < 20; ++i) Start("Echo", absl::StrCat("m", i));
  for (auto& call : calls_) ASSERT_TRUE(UntilClosed(call.get()));
  for (int i = 0; i < 20; ++i) EXPECT_THAT(calls_[i]->messages, ElementsAre(absl::StrCat("m", i)));
  EXPECT_EQ(script_.attempts, 1);
}

TEST_F(ChannelTest, ReceivesAStream) {
  Recorder* call = Start("Stream");
  ASSERT_TRUE(UntilClosed(call));
  EXPECT_OK(call->status);
  EXPECT_THAT(call->messages, SizeIs(1000));
}

TEST_F(ChannelTest, TellsTheServersStatus) {
  Recorder* refused = Start("Refuse");
  Recorder* later = Start("FailLater", "x");
  Recorder* unknown = Start("NoSuchMethod");
  Recorder* empty = Start("Empty");
  for (auto& call : calls_) ASSERT_TRUE(UntilClosed(call.get()));
  EXPECT_THAT(refused->status,
              StatusIs(absl::StatusCode::kInvalidArgument, "100% caf\xc3\xa9\nno"));
  EXPECT_THAT(later->status, StatusIs(absl::StatusCode::kNotFound, "gone"));
  EXPECT_THAT(later->messages, ElementsAre("x"));
  EXPECT_EQ(unknown->status.code(), absl::StatusCode::kUnimplemented);
  EXPECT_OK(empty->status);
  EXPECT_THAT(empty->messages, SizeIs(0));
}

TEST_F(ChannelTest, TakesMessagesUpToFourMebibytes) {
  Recorder* large = Start("Large");
  ASSERT_TRUE(UntilClosed(large));
  EXPECT_OK(large->status);
  ASSERT_THAT(large->messages, SizeIs(1));
  EXPECT_EQ(large->messages[0].size(), kMaxMessageBytes);
  Recorder* larger = Start("TooLarge");
  ASSERT_TRUE(UntilClosed(larger));
  EXPECT_THAT(larger->status, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("4 MiB")));
  EXPECT_THAT(larger->messages, SizeIs(0));
}

TEST_F(ChannelTest, DestroyingACallCancelsIt) {
  Recorder* call = Start("Hang");
  ASSERT_TRUE(Until([&] { return service_->calls > 0; }));
  call->call.reset();
  ASSERT_TRUE(Until([&] { return service_->cancelled > 0; }));
  EXPECT_FALSE(call->closed);
  // Also before there is a connection, and within its own callbacks.
  Recorder* stream = Start("Stream");
  stream->on_message = [&] { stream->call.reset(); };
  Recorder* echo = Start("Echo");
  echo->on_closed = [&] { echo->call.reset(); };
  ASSERT_TRUE(UntilClosed(echo));
  EXPECT_THAT(stream->messages, SizeIs(1));
  EXPECT_FALSE(stream->closed);
}

TEST_F(ChannelTest, TheChannelMayGoWithinACallback) {
  Recorder* call = Start("Stream");
  call->on_message = [&] {
    call->call.reset();
    channel_.reset();
  };
  ASSERT_TRUE(Until([&] { return !call->messages.empty(); }));
  loop_->RunOnce(absl::ZeroDuration());
  EXPECT_EQ(channel_, nullptr);
}

TEST_F(ChannelTest, ConnectsAgainToAServerThatWentAway) {
  Recorder* hanging = Start("Hang");
  ASSERT_TRUE(Until([&] { return service_->calls > 0; }));
  StopServer();
  ASSERT_TRUE(UntilClosed(hanging));
  EXPECT_FALSE(hanging->status.ok());
  StartServer();
  Recorder* call = Start("Echo", "again");
  ASSERT_TRUE(UntilClosed(call));
  EXPECT_OK(call->status);
}

TEST_F(ChannelTest, FailsTheCallsThatWaitForAConnection) {
  StopServer();
  Recorder* first = Start("Echo");
  Recorder* second = Start("Echo");
  Recorder* dropped = Start("Echo");
  // A failed call may drop another that waits, and start anew.
  bool again = false;
  first->on_closed = [&] {
    dropped->call.reset();
    if (!std::exchange(again, true)) Start("Echo");
  };
  ASSERT_TRUE(Until([&] { return first->closed && second->closed; }));
  EXPECT_EQ(first->status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second->status.message()), HasSubstr("connect"));
  EXPECT_FALSE(dropped->closed);
  ASSERT_TRUE(UntilClosed(calls_[3].get()));
  EXPECT_EQ(script_.attempts, 2);
}

// Against a server that does what gRPC's would not.
class RawServerTest : public ChannelTestBase {
 protected:
  RawServerTest() { Listen(); }
  ~RawServerTest() override {
    calls_.clear();
    channel_.reset();
  }
  // The next connection that the channel makes.
  void Listen() {
    net::testing::StreamPair pair = net::testing::TcpStreamPair(loop_.get());
    script_.ready = std::move(pair.client);
    server_ = *http2::ServerConnection::Create(loop_.get(), std::move(pair.server), {}, &handler_);
    server_->Start("");
  }
  http::testing::RequestRecorder* Accepted(size_t n = 0) {
    EXPECT_TRUE(Until([&] { return handler_.requests.size() > n; }));
    return handler_.requests.at(n).get();
  }

  http::testing::ServerRecorder handler_;
  std::unique_ptr<http2::ServerConnection> server_;
};

TEST_F(RawServerTest, SendsAProperRequest) {
  Start("M", "body");
  auto* request = Accepted();
  EXPECT_EQ(request->head, "POST /test.Service/M service.test");
  EXPECT_THAT(request->fields, ElementsAre("te: trailers", "content-type: application/grpc"));
  ASSERT_TRUE(Until([&] { return request->ended; }));
  EXPECT_EQ(request->body, FrameMessage("body"));
}

TEST_F(RawServerTest, TellsOfAServerThatIsNoGrpc) {
  struct {
    int http;
    absl::StatusCode code;
  } const kCases[] = {
      {400, absl::StatusCode::kInternal},         {401, absl::StatusCode::kUnauthenticated},
      {403, absl::StatusCode::kPermissionDenied}, {404, absl::StatusCode::kUnimplemented},
      {503, absl::StatusCode::kUnavailable},      {500, absl::StatusCode::kUnknown}};
  size_t n = 0;
  for (const auto& test : kCases) {
    Recorder* call = Start("M");
    Accepted(n++)->Respond(test.http, "text");
    ASSERT_TRUE(UntilClosed(call));
    EXPECT_EQ(call->status.code(), test.code) << test.http;
  }
}

TEST_F(RawServerTest, AnAnswerWithoutStatusIsNoSuccess) {
  Recorder* headless = Start("M");
  Accepted(0)->RespondHead(200, {}, http::BodyKind::kNone);
  ASSERT_TRUE(UntilClosed(headless));
  EXPECT_EQ(headless->status.code(), absl::StatusCode::kUnknown);
  Recorder* cut = Start("M");
  Accepted(1)->RespondHead(200);
  Accepted(1)->stream->SendData(FrameMessage("whole"));
  Accepted(1)->stream->SendEnd(nullptr);
  ASSERT_TRUE(UntilClosed(cut));
  EXPECT_EQ(cut->status.code(), absl::StatusCode::kUnknown);
  EXPECT_THAT(cut->messages, ElementsAre("whole"));
}

TEST_F(RawServerTest, AMessageThatIsCutOffIsNoSuccess) {
  Recorder* call = Start("M");
  auto* request = Accepted();
  request->RespondHead(200);
  request->stream->SendData(FrameMessage("whole").substr(0, 7));
  http::Headers trailers;
  trailers.Add("grpc-status", "0");
  request->stream->SendEnd(&trailers);
  ASSERT_TRUE(UntilClosed(call));
  EXPECT_EQ(call->status.code(), absl::StatusCode::kInternal);
}

TEST_F(RawServerTest, AResetEndsTheCall) {
  Recorder* call = Start("M");
  Accepted()->stream->ResetStream(http::kH2InternalError);
  ASSERT_TRUE(UntilClosed(call));
  EXPECT_THAT(call->status, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("HTTP/2 error 2")));
}

TEST_F(RawServerTest, AServerThatDrainsKeepsItsCallsAndGetsNoMore) {
  Recorder* old_call = Start("M");
  auto* request = Accepted(0);
  request->RespondHead(200);
  std::unique_ptr<http2::ServerConnection> first = std::move(server_);
  first->Drain();
  for (int i = 0; i < 20; ++i) loop_->RunOnce(absl::Milliseconds(1));
  Listen();
  Recorder* new_call = Start("M");
  auto* second = Accepted(1);
  EXPECT_EQ(script_.attempts, 2);
  for (auto* r : {request, second}) {
    if (r == second) r->RespondHead(200);
    http::Headers trailers;
    trailers.Add("grpc-status", "0");
    r->stream->SendData(FrameMessage("m"));
    r->stream->SendEnd(&trailers);
  }
  ASSERT_TRUE(UntilClosed(old_call));
  ASSERT_TRUE(UntilClosed(new_call));
  EXPECT_OK(old_call->status);
  EXPECT_OK(new_call->status);
}

TEST_F(RawServerTest, DisconnectLetsTheNextCallConnectAnew) {
  Recorder* old_call = Start("M");
  Accepted(0);
  std::unique_ptr<http2::ServerConnection> first = std::move(server_);
  channel_->Disconnect();
  Listen();
  Start("M");
  Accepted(1);
  EXPECT_EQ(script_.attempts, 2);
  EXPECT_FALSE(old_call->closed);
}

TEST_F(RawServerTest, ALostConnectionEndsItsCalls) {
  Recorder* call = Start("M");
  Accepted(0);
  server_.reset();
  ASSERT_TRUE(UntilClosed(call));
  EXPECT_THAT(call->status, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("lost")));
}

}  // namespace
}  // namespace gossamer::rpc
