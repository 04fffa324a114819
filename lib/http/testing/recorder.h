#ifndef LIB_HTTP_TESTING_RECORDER_H_
#define LIB_HTTP_TESTING_RECORDER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/http/message.h"
#include "lib/http/stream.h"

// Handlers that write down what they are told, for tests of connections and of what is built on
// them. They abort where the contract of lib/http/stream.h is broken: a call after the end.
namespace gossamer::http::testing {

absl::string_view CauseName(ResetCause cause);

// Events as words: "response 200", "data", "end", "end a=b", "reset peer 8", "done". Bodies are
// gathered apart.
class StreamRecorder : public StreamHandler {
 public:
  StreamRecorder() = default;
  virtual ~StreamRecorder() = default;

  Stream* stream = nullptr;  // Null once the stream is over.
  std::string log;
  std::string body;
  std::vector<std::string> fields;  // Of the response's head, "name: value".
  int status = 0;
  bool ended = false;
  bool over = false;
  Reset reset;
  int send_ready = 0;
  bool consume = true;  // Gives bytes back at once.
  size_t unconsumed = 0;
  std::function<void()> on_response, on_data, on_end, on_over, on_send_ready;

  void ConsumeAll();
  bool done() const { return over && log.size() >= 4 && log.substr(log.size() - 4) == "done"; }

  void OnInformational(ResponseHead* head) override;
  void OnResponse(ResponseHead* head) override;
  void OnData(absl::string_view data) override;
  void OnEnd(Headers* trailers) override;
  void OnSendReady() override;
  void OnReset(const Reset& reset) override;
  void OnDone() override;

 protected:
  void Note(absl::string_view event);
};

// A request on a server, its stream still answerable while `stream` is not null.
class RequestRecorder final : public StreamRecorder {
 public:
  ServerStream* server = nullptr;  // As `stream`.
  std::string head;                // "GET /path authority" and the fields.
  BodyKind kind = BodyKind::kNone;

  bool answerable() const { return stream != nullptr; }
  // A whole response with content-length.
  void Respond(int status, absl::string_view body, bool close = false);
  // A head with these fields and a body that SendData() and SendEnd() make.
  void RespondHead(int status, std::vector<Header> fields = {}, BodyKind kind = BodyKind::kChunked,
                   bool close = false);
};

class ServerRecorder final : public ServerHandler {
 public:
  std::vector<std::unique_ptr<RequestRecorder>> requests;
  std::vector<std::string> refused;  // "400 bad_line_end".
  bool closed = false;
  std::function<void(RequestRecorder*)> on_request;

  void OnRequest(ServerStream* stream) override;
  void OnBadRequest(int status, absl::string_view reason) override;
  void OnConnectionClosed() override;
};

// A request's head for a client connection.
struct TestRequest {
  explicit TestRequest(absl::string_view method = "GET", absl::string_view path = "/",
                       BodyKind kind = BodyKind::kNone, uint64_t length = 0);
  RequestHead head;
};

}  // namespace gossamer::http::testing

#endif  // LIB_HTTP_TESTING_RECORDER_H_
