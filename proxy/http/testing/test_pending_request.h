#ifndef PROXY_HTTP_TESTING_TEST_PENDING_REQUEST_H_
#define PROXY_HTTP_TESTING_TEST_PENDING_REQUEST_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "lib/http/message.h"
#include "lib/http/stream.h"
#include "lib/http/testing/recorder.h"
#include "proxy/http/upstream.h"

namespace gossamer::proxy::testing {

// A request for an upstream that writes down what becomes of it.
class TestPendingRequest final : public PendingRequest {
 public:
  explicit TestPendingRequest(absl::string_view method = "GET", absl::string_view path = "/",
                              http::BodyKind body = http::BodyKind::kNone, uint64_t length = 0)
      : request_(method, path, body, length) {}

  const http::RequestHead& head() const override { return request_.head; }
  http::StreamHandler* stream_handler() override { return &recorder; }
  void OnStream(http::Stream* stream) override { recorder.stream = stream; }
  void OnConnectFailure(const absl::Status& status) override { failure = status; }

  http::RequestHead* mutable_head() { return &request_.head; }
  bool sent() const { return recorder.stream != nullptr || recorder.over; }
  bool done() const { return recorder.done(); }
  bool failed() const { return failure.has_value(); }

  http::testing::StreamRecorder recorder;
  std::optional<absl::Status> failure;

 private:
  http::testing::TestRequest request_;
};

}  // namespace gossamer::proxy::testing

#endif  // PROXY_HTTP_TESTING_TEST_PENDING_REQUEST_H_
