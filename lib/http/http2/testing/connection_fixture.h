#ifndef LIB_HTTP_HTTP2_TESTING_CONNECTION_FIXTURE_H_
#define LIB_HTTP_HTTP2_TESTING_CONNECTION_FIXTURE_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "lib/event/loop.h"
#include "lib/http/http2/connection.h"
#include "lib/http/testing/recorder.h"
#include "lib/net/testing/loopback.h"

namespace gossamer::http2::testing {

// For suites in which a client and a server connection talk with each other, over real TCP.
class ConnectionFixture : public ::testing::Test, protected ClientConnection::Observer {
 protected:
  ConnectionFixture() : loop_(*event::Loop::Create()) {}

  void Connect(const Options& client = {}, const Options& server = {}) {
    net::testing::StreamPair pair = net::testing::TcpStreamPair(loop_.get(), buffer_bytes_);
    ClientConnection::Observer* self = this;
    client_ = *ClientConnection::Create(loop_.get(), std::move(pair.client), client, self);
    server_ = *ServerConnection::Create(loop_.get(), std::move(pair.server), server, &handler_);
    server_->Start("");
  }

  // Until the loop has nothing to do.
  void Settle() {
    for (int i = 0; i < 20; ++i) loop_->RunOnce(absl::Milliseconds(1));
  }

  // The client's side, which lives as long as the fixture's calls_.
  http::testing::StreamRecorder* Request(
      const http::testing::TestRequest& request = http::testing::TestRequest()) {
    calls_.push_back(std::make_unique<http::testing::StreamRecorder>());
    http::testing::StreamRecorder* call = calls_.back().get();
    call->stream = client_->StartRequest(request.head, call);
    return call;
  }
  // The server's side of the n-th request, awaited.
  http::testing::RequestRecorder* Accepted(size_t n = 0) {
    EXPECT_TRUE(net::testing::RunUntil(loop_.get(), [&] { return handler_.requests.size() > n; }));
    return handler_.requests.at(n).get();
  }
  ::testing::AssertionResult Until(const std::function<bool()>& done) {
    if (net::testing::RunUntil(loop_.get(), done)) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << "not within ten seconds";
  }

  void OnClientDraining(ClientConnection*) override { client_draining_ = true; }
  void OnClientClosed(ClientConnection*) override {
    client_closed_ = true;
    loop_->DeleteLater(std::move(client_));
  }
  void OnClientCapacity(ClientConnection*) override {}

  std::unique_ptr<event::Loop> loop_;
  int buffer_bytes_ = 0;  // Of the sockets that Connect() makes; 0 for the kernel's choice.
  http::testing::ServerRecorder handler_;
  std::vector<std::unique_ptr<http::testing::StreamRecorder>> calls_;
  bool client_draining_ = false;
  bool client_closed_ = false;
  std::unique_ptr<ClientConnection> client_;
  std::unique_ptr<ServerConnection> server_;
};

}  // namespace gossamer::http2::testing

#endif  // LIB_HTTP_HTTP2_TESTING_CONNECTION_FIXTURE_H_
