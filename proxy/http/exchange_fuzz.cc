// An exchange between two streams whose peers, connections and routes do anything that the contract
// of lib/http/stream.h allows, in any order: each byte is an event. However it goes, the exchange
// must keep to the contract itself (it ends here where a stream hears of anything after its end),
// pass bodies on unchanged, finish exactly once and be gone once both streams are.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "lib/http/http1/testing/fuzz_check.h"
#include "proxy/http/exchange.h"

namespace gossamer::proxy {
namespace {

using http::BodyKind;
using http::ResetCause;

// What both sides' streams have in common. Heads die with their stream, so that AddressSanitizer
// sees a use after it.
template <typename Base, typename Head>
class FakeStream : public Base {
 public:
  std::unique_ptr<Head> head = std::make_unique<Head>();
  bool blocked = false;
  bool over = false;
  bool body_may_be_sent = false;
  bool end_sent = false;
  std::string sent;
  size_t given = 0;  // Bytes of data that the exchange was told of.
  size_t consumed = 0;

  http::StreamHandler* handler() { return this->handler_; }
  void Done() {
    http::StreamHandler* handler = End();
    handler->OnDone();
    head.reset();
  }
  void Reset(ResetCause cause) {
    http::StreamHandler* handler = End();
    handler->OnReset({cause, http::kH2Cancel, 0});
    head.reset();
  }
  void Data(absl::string_view data) {
    given += data.size();
    handler()->OnData(data);
  }

  void SendData(absl::string_view data) override {
    FUZZ_CHECK(!over && body_may_be_sent && !end_sent);
    sent.append(data.data(), data.size());
  }
  void SendEnd(const http::Headers*) override {
    FUZZ_CHECK(!over && body_may_be_sent && !end_sent);
    end_sent = true;
  }
  void Consume(size_t bytes) override {
    FUZZ_CHECK(!over);
    consumed += bytes;
    FUZZ_CHECK(consumed <= given);
  }
  bool SendBlocked() const override {
    FUZZ_CHECK(!over);
    return blocked;
  }
  void ResetStream(uint32_t) override {
    FUZZ_CHECK(!over);
    over = true;
  }

 private:
  http::StreamHandler* End() {
    FUZZ_CHECK(!std::exchange(over, true));
    return this->handler_;
  }
};

class FakeServer final : public FakeStream<http::ServerStream, http::RequestHead> {
 public:
  bool responded = false;
  bool tunnel = false;

  http::RequestHead* request() override {
    FUZZ_CHECK(!over);
    return head.get();
  }
  void SendInformational(const http::ResponseHead&) override { FUZZ_CHECK(!over && !responded); }
  void SendResponse(const http::ResponseHead& response, bool) override {
    FUZZ_CHECK(!over && !responded);
    responded = true;
    tunnel = response.upgrade;
    body_may_be_sent = response.body != BodyKind::kNone || response.upgrade;
    if (!body_may_be_sent) end_sent = true;
  }
};

class FakeClient final : public FakeStream<http::Stream, http::ResponseHead> {
 public:
  bool responded = false;
  bool response_ended = false;
  bool tunnel = false;
};

class Fuzz;

class FuzzExchange final : public Exchange {
 public:
  FuzzExchange(Fuzz* fuzz, event::Loop* loop, FakeServer* server)
      : Exchange(loop, server), fuzz_(fuzz) {}
  using Exchange::Fail;
  using Exchange::pending;

 private:
  ~FuzzExchange() override;
  void Route() override;
  void OnFinished(const ExchangeResult& result) override;

  Fuzz* const fuzz_;
};

class Fuzz {
 public:
  Fuzz(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  void Run() {
    const uint8_t setup = Next();
    server_.head->method = (setup & 1) != 0 ? "GET" : "POST";
    server_.head->version = (setup & 2) != 0 ? http::Version::kHttp2 : http::Version::kHttp11;
    server_.head->body = (setup & 4) != 0 ? BodyKind::kChunked : BodyKind::kNone;
    server_.head->upgrade = (setup & 8) != 0;
    if ((setup & 16) != 0) server_.head->headers.Add("content-type", "application/grpc");
    request_has_body_ = server_.head->body != BodyKind::kNone;
    request_ended_ = !request_has_body_;
    exchange_ = new FuzzExchange(this, loop_.get(), &server_);
    exchange_->Start();
    while (at_ < size_) {
      Step(Next());
      CheckBodies();
    }
    End();
  }

  // The exchange asks where to go.
  void OnRoute() {
    FUZZ_CHECK(client() == nullptr);
    switch (Next() % 5) {
      case 0:
        return Connect();
      case 1:
        return exchange_->pending()->OnConnectFailure(absl::UnavailableError("refused"));
      case 2:
        return exchange_->Fail(Failure());
      default:
        queue_.Push(exchange_->pending());
    }
  }
  void OnFinished() { FUZZ_CHECK(!std::exchange(finished_, true)); }
  void OnDestroyed() {
    FUZZ_CHECK(finished_ && server_.over && client() == nullptr);
    exchange_ = nullptr;
  }

 private:
  uint8_t Next() { return at_ < size_ ? data_[at_++] : 0xff; }
  // The upstream's stream, if there is one.
  FakeClient* client() {
    return clients_.empty() || clients_.back()->over ? nullptr : clients_.back().get();
  }

  void Connect() {
    clients_.push_back(std::make_unique<FakeClient>());
    FakeClient* stream = clients_.back().get();
    stream->body_may_be_sent = request_has_body_;
    stream->set_handler(exchange_->pending()->stream_handler());
    exchange_->pending()->OnStream(stream);
  }

  std::string Bytes(char first, uint8_t count) {
    std::string bytes;
    for (int i = 0; i <= count % 5; ++i) bytes.push_back(static_cast<char>(first + i));
    return bytes;
  }

  void Step(uint8_t event) {
    const uint8_t detail = event >> 4;
    switch (event & 15) {
      case 0:
        if (server_.over || request_ended_) return;
        request_body_ += Bytes('a', detail);
        return server_.Data(Bytes('a', detail));
      case 1:
        if (server_.over || request_ended_) return;
        request_ended_ = true;
        return server_.handler()->OnEnd(detail % 2 == 0 ? nullptr : &trailers_);
      case 2:
        if (server_.over) return;
        server_.blocked = false;
        return server_.handler()->OnSendReady();
      case 3:
        server_.blocked = true;
        return;
      case 4:
        if (server_.over) return;
        return server_.Reset(static_cast<ResetCause>(detail % 7));
      case 5:
        // In order: the response is complete, and of a tunnel the other way, too.
        if (server_.over || !server_.end_sent || (server_.tunnel && !request_ended_)) return;
        return server_.Done();
      case 6:
      case 7: {
        PendingRequest* request = queue_.Pop();
        if (request == nullptr) return;
        if ((event & 15) == 6) return Connect();
        return request->OnConnectFailure(detail % 2 == 0
                                             ? absl::DeadlineExceededError("connect timed out")
                                             : absl::UnavailableError("refused"));
      }
      default:
        if (client() != nullptr) ClientStep(event & 15, detail, client());
        if ((event & 15) == 15) loop_->RunOnce(absl::ZeroDuration());
    }
  }

  void ClientStep(int event, uint8_t detail, FakeClient* client) {
    switch (event) {
      case 8:
        if (client->responded) return;
        client->head->status = 103;
        return client->handler()->OnInformational(client->head.get());
      case 9:
        return Respond(detail, client);
      case 10:
        if (!client->responded || client->response_ended) return;
        response_body_ += Bytes('A', detail);
        return client->Data(Bytes('A', detail));
      case 11:
        if (!client->responded || client->response_ended) return;
        client->response_ended = true;
        return client->handler()->OnEnd(detail % 2 == 0 ? nullptr : &trailers_);
      case 12:
        client->blocked = detail % 2 == 0;
        if (!client->blocked) client->handler()->OnSendReady();
        return;
      case 13:
        return client->Reset(static_cast<ResetCause>(detail % 7));
      case 14:
        if (!client->response_ended || (client->tunnel && !client->end_sent)) return;
        return client->Done();
      default:
        return;
    }
  }

  void Respond(uint8_t detail, FakeClient* client) {
    if (client->responded) return;
    client->responded = true;
    http::ResponseHead& head = *client->head;
    head.status = detail % 2 == 0 ? 200 : 500;
    switch (detail % 4) {
      case 0:
        head.body = BodyKind::kNone;
        client->response_ended = true;
        break;
      case 1:
      case 2:
        head.body = BodyKind::kChunked;
        break;
      default:
        head.body = BodyKind::kNone;
        if (!server_.over && server_.head->upgrade) {
          head.status = 101;
          head.upgrade = client->tunnel = client->body_may_be_sent = true;
          client->end_sent = false;
          request_ended_ = false;
        } else {
          client->response_ended = true;
        }
    }
    client->handler()->OnResponse(&head);
  }

  void CheckBodies() {
    for (const auto& each : clients_) {
      FUZZ_CHECK(absl::StartsWith(request_body_, each->sent));
    }
    FUZZ_CHECK(absl::StartsWith(response_body_, server_.sent));
  }

  // Both ends go: nothing may be left.
  void End() {
    if (!server_.over) server_.Reset(ResetCause::kConnectionLost);
    if (client() != nullptr) client()->Reset(ResetCause::kConnectionLost);
    for (int i = 0; i < 3; ++i) loop_->RunOnce(absl::ZeroDuration());
    CheckBodies();
    FUZZ_CHECK(finished_);
    FUZZ_CHECK(exchange_ == nullptr);
    FUZZ_CHECK(queue_.empty());
  }

  const uint8_t* const data_;
  const size_t size_;
  size_t at_ = 0;
  std::unique_ptr<event::Loop> loop_ = *event::Loop::Create();
  FakeServer server_;
  std::vector<std::unique_ptr<FakeClient>> clients_;
  WaitQueue<PendingRequest> queue_;
  http::Headers trailers_;
  std::string request_body_;
  std::string response_body_;
  bool request_has_body_ = false;
  bool request_ended_ = false;
  bool finished_ = false;
  FuzzExchange* exchange_ = nullptr;
};

FuzzExchange::~FuzzExchange() { fuzz_->OnDestroyed(); }
void FuzzExchange::Route() { fuzz_->OnRoute(); }
void FuzzExchange::OnFinished(const ExchangeResult&) { fuzz_->OnFinished(); }

}  // namespace
}  // namespace gossamer::proxy

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kMaxEvents = 1000;
  if (size <= kMaxEvents) gossamer::proxy::Fuzz(data, size).Run();
  return 0;
}
