#ifndef LIB_HTTP_TESTING_FIXED_CALLS_H_
#define LIB_HTTP_TESTING_FIXED_CALLS_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/http/message.h"
#include "lib/http/stream.h"

// Both sides of the same request over and over, for benchmarks of what lies between them. Nothing
// is allocated once as many requests as ever have been in flight.
namespace gossamer::http::testing {

// What is sent each way.
struct CallShape {
  std::string request_body;   // Empty: a GET without one.
  std::string response_body;  // Not empty.
  bool grpc = false;          // With grpc's fields and trailers.
};

// Answers every request with the shape's response, as soon as it is complete.
class FixedServer final : public ServerHandler {
 public:
  explicit FixedServer(const CallShape& shape);
  ~FixedServer();

  void OnRequest(ServerStream* stream) override;
  void OnConnectionClosed() override {}

 private:
  class Call;

  const CallShape shape_;
  ResponseHead response_;
  Headers trailers_;
  std::vector<std::unique_ptr<Call>> calls_;
  std::vector<Call*> idle_;
};

// Hears of the requests that it gives a head for.
class FixedClient final : public StreamHandler {
 public:
  explicit FixedClient(const CallShape& shape);

  const RequestHead& request() const { return request_; }
  // To be called with the stream that a connection made of request() and this handler. One request
  // at a time.
  void Begin(Stream* stream);
  bool done() const { return stream_ == nullptr; }
  // Requests whose answer was whole and right.
  size_t served() const { return served_; }

  void OnResponse(ResponseHead* head) override;
  void OnData(absl::string_view data) override;
  void OnEnd(Headers* trailers) override { ended_ = true; }
  void OnSendReady() override {}
  void OnReset(const Reset& reset) override { stream_ = nullptr; }
  void OnDone() override;

 private:
  const CallShape shape_;
  RequestHead request_;
  Stream* stream_ = nullptr;
  size_t served_ = 0;
  size_t received_ = 0;
  bool ok_ = false;
  bool ended_ = false;
};

}  // namespace gossamer::http::testing

#endif  // LIB_HTTP_TESTING_FIXED_CALLS_H_
