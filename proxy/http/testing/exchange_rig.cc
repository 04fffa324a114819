#include "proxy/http/testing/exchange_rig.h"

#include <utility>

#include "lib/http/http1/client_connection.h"
#include "lib/http/http1/server_connection.h"
#include "lib/http/http2/connection.h"
#include "lib/net/testing/memory_stream.h"
#include "proxy/http/exchange.h"

namespace gossamer::proxy::testing {

// A client connection and the server connection at its other end.
class ExchangeRig::Link final : private http1::ClientConnection::Observer,
                                private http2::ClientConnection::Observer {
 public:
  Link(event::Loop* loop, Protocol protocol, http::ServerHandler* handler) {
    net::testing::MemoryStream::Pair pair = net::testing::MemoryStream::Connect(loop);
    if (protocol == Protocol::kHttp1) {
      http1::ClientConnection::Observer* self = this;
      server_ = std::make_unique<http1::ServerConnection>(loop, std::move(pair.server),
                                                          http1::ServerOptions(), handler);
      http1_ = std::make_unique<http1::ClientConnection>(loop, std::move(pair.client),
                                                         http1::HeadLimits(), self);
      http1_->Start();
    } else {
      http2::ClientConnection::Observer* self = this;
      server_ = *http2::ServerConnection::Create(loop, std::move(pair.server), {}, handler);
      http2_ = *http2::ClientConnection::Create(loop, std::move(pair.client), {}, self);
    }
    server_->Start("");
  }

  // Whether it takes one more request.
  bool available() const { return http1_ == nullptr || http1_->idle(); }
  http::Stream* Start(const http::RequestHead& head, http::StreamHandler* handler) {
    return http1_ != nullptr ? http1_->StartRequest(head, handler)
                             : http2_->StartRequest(head, handler);
  }

 private:
  void OnClientIdle(http1::ClientConnection*) override {}
  void OnClientClosed(http1::ClientConnection*) override {}
  void OnClientDraining(http2::ClientConnection*) override {}
  void OnClientClosed(http2::ClientConnection*) override {}

  std::unique_ptr<http::ServerConnection> server_;
  std::unique_ptr<http1::ClientConnection> http1_;
  std::unique_ptr<http2::ClientConnection> http2_;
};

class ExchangeRig::RigExchange final : public Exchange {
 public:
  RigExchange(ExchangeRig* rig, http::ServerStream* stream)
      : Exchange(rig->loop_.get(), stream), rig_(rig) {}

 private:
  void Route() override {
    for (auto& link : rig_->upstreams_) {
      if (!link->available()) continue;
      http::Stream* stream = link->Start(pending()->head(), pending()->stream_handler());
      if (stream != nullptr) return pending()->OnStream(stream);
    }
    Fail({FailureKind::kUnavailable, "no connection is free", false, "rig"});
  }

  ExchangeRig* const rig_;
};

class ExchangeRig::Proxy final : public http::ServerHandler {
 public:
  explicit Proxy(ExchangeRig* rig) : rig_(rig) {}
  void OnRequest(http::ServerStream* stream) override {
    (new RigExchange(rig_, stream))->Start();  // Owns itself.
  }
  void OnConnectionClosed() override {}

 private:
  ExchangeRig* const rig_;
};

ExchangeRig::ExchangeRig(Options options)
    : options_(std::move(options)), loop_(*event::Loop::Create()), answers_(options_.shape) {
  proxy_ = std::make_unique<Proxy>(this);
  const int concurrency = options_.concurrency;
  const auto links = [&](Protocol protocol) {
    return protocol == Protocol::kHttp1 ? concurrency : 1;
  };
  for (int i = 0; i < concurrency; ++i) {
    calls_.push_back(std::make_unique<http::testing::FixedClient>(options_.shape));
  }
  // Twice: one that has just answered takes a turn to be free again.
  for (int i = 0; i < 2 * links(options_.server); ++i) {
    upstreams_.push_back(std::make_unique<Link>(loop_.get(), options_.server, &answers_));
  }
  for (int i = 0; i < links(options_.client); ++i) {
    downstreams_.push_back(std::make_unique<Link>(loop_.get(), options_.client, proxy_.get()));
  }
}

ExchangeRig::~ExchangeRig() {
  downstreams_.clear();
  upstreams_.clear();
  loop_->RunOnce(absl::ZeroDuration());  // Buries what the ends have left.
}

void ExchangeRig::RunOnce() {
  bool done = false;
  for (size_t i = 0; i < calls_.size(); ++i) {
    Link& link = *downstreams_[i % downstreams_.size()];
    while (!link.available()) loop_->RunOnce(absl::ZeroDuration());
    calls_[i]->Begin(link.Start(calls_[i]->request(), calls_[i].get()));
  }
  while (!done) {
    loop_->RunOnce(absl::ZeroDuration());
    done = true;
    for (const auto& call : calls_) done = done && call->done();
  }
}

size_t ExchangeRig::served() const {
  size_t served = 0;
  for (const auto& call : calls_) served += call->served();
  return served;
}

}  // namespace gossamer::proxy::testing
