#include "tests/mesh/http2_client.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "lib/net/socket.h"
#include "lib/net/tcp_stream.h"

namespace gossamer::mesh_test {

class Http2Client::Request final : public http::StreamHandler {
 public:
  void set_stream(http::Stream* stream) { stream_ = stream; }
  const Response& response() const { return response_; }
  bool ended() const { return response_.complete || response_.reset; }

 private:
  void OnResponse(http::ResponseHead* head) override { response_.status = head->status; }
  void OnData(absl::string_view data) override {
    response_.body.append(data.data(), data.size());
    stream_->Consume(data.size());
  }
  void OnEnd(http::Headers*) override {}
  void OnSendReady() override {}
  void OnReset(const http::Reset&) override { response_.reset = true; }
  void OnDone() override { response_.complete = true; }

  http::Stream* stream_ = nullptr;
  Response response_;
};

Http2Client::Http2Client(harness::Pod* pod, const std::string& ip, int port)
    : loop_(*event::Loop::Create()) {
  absl::StatusOr<net::UniqueFd> fd = absl::UnknownError("not tried");
  pod->net().Run([&] {
    fd = net::Connect(net::SocketAddress(*net::IpAddress::Parse(ip), static_cast<uint16_t>(port)),
                      {});
  });
  EXPECT_TRUE(fd.ok()) << fd.status();
  auto tcp = *net::TcpStream::Create(loop_.get(), *std::move(fd));
  connection_ = *http2::ClientConnection::Create(loop_.get(), std::move(tcp), {}, this);
}

Http2Client::~Http2Client() { connection_.reset(); }

template <typename Condition>
bool Http2Client::RunUntil(const Condition& condition) {
  const absl::Time deadline = absl::Now() + kTimeout;
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    loop_->RunOnce(absl::Milliseconds(20));
  }
  return true;
}

int Http2Client::Start(const std::string& authority, const std::string& path) {
  const int number = static_cast<int>(requests_.size()) + 1;
  auto request = std::make_unique<Request>();
  http::RequestHead head;
  head.version = http::Version::kHttp2;
  head.method = "GET";
  head.scheme = "http";
  head.authority = authority;
  head.path = path;
  http::Stream* stream = connection_->StartRequest(head, request.get());
  if (stream == nullptr) return 0;
  request->set_stream(stream);
  requests_[number] = std::move(request);
  return number;
}

const Http2Client::Response& Http2Client::Wait(int request) {
  static const Response* const kNone = new Response();
  const auto found = requests_.find(request);
  if (found == requests_.end()) return *kNone;
  RunUntil([&] { return found->second->ended(); });
  return found->second->response();
}

const Http2Client::Response& Http2Client::WaitForBody(int request, const std::string& text) {
  const Request& waiting = *requests_.at(request);
  RunUntil([&] { return waiting.ended() || absl::StrContains(waiting.response().body, text); });
  return waiting.response();
}

bool Http2Client::WaitForGoaway() {
  return RunUntil([&] { return draining_; });
}

bool Http2Client::WaitForClose() {
  return RunUntil([&] { return closed_; });
}

}  // namespace gossamer::mesh_test
