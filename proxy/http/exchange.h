#ifndef PROXY_HTTP_EXCHANGE_H_
#define PROXY_HTTP_EXCHANGE_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "lib/buffer/block_pool.h"
#include "lib/buffer/byte_queue.h"
#include "lib/event/loop.h"
#include "lib/http/stream.h"
#include "proxy/http/failure.h"
#include "proxy/http/upstream.h"
#include "proxy/metrics/http_scope.h"

namespace gossamer::proxy {

// How an exchange ended, for metrics, balancers and breakers.
struct ExchangeResult {
  int status = 0;        // HTTP status sent to the client; 0 where there was none.
  int grpc_status = -1;  // -1 where the exchange is not gRPC or its end has none.
  bool is_grpc = false;
  bool reset = false;       // Ended by a reset rather than a whole response.
  http::Reset reset_cause;  // With `reset`.
  const char* error = "";   // The name of the proxy's own error, if it answered itself.
  int64_t latency_ns = 0;   // From the request's head to the response's end.
};

// The result as request metrics have it.
ResponseEnd EndOf(const ExchangeResult& result);

// Carries one request from a server stream to an upstream and its response back: heads, bodies,
// trailers, resets, at bounded memory in both directions. What the request means (routing,
// authorization, headers) is for the derived class.
//
// Belongs to its worker's loop and owns itself: it is gone once both streams are.
class Exchange : public PooledObject, private PendingRequest {
 public:
  Exchange(event::Loop* loop, http::ServerStream* server);

  // Begins: calls Route().
  void Start();

 protected:
  // Run by the loop, at the end of the turn in which the exchange is over.
  friend class event::Loop;
  virtual ~Exchange();

  // Where the request goes: gives pending() to an upstream, or calls Fail(), now or later. Asked
  // again for each retry.
  virtual void Route() = 0;
  // A response's head has come: changes for the client.
  virtual void OnResponseHead(http::ResponseHead* head) {}
  // The first byte of the body has come, or the response has ended without.
  virtual void OnFirstByte() {}
  // What was sent to an upstream failed before any of the response came, and may be sent again:
  // true where Route() shall be asked once more.
  virtual bool MayRetry(const http::Reset& reset) { return attempts_ < kMaxAttempts; }
  // A response that breaks HTTP's rules or limits is not passed on; http::Reset has its reason.
  virtual void OnRefusedResponse(absl::string_view reason) {}
  // The upstream that the request was given to is done with it, or has failed it.
  virtual void OnAttemptOver() {}
  // The end; called once.
  virtual void OnFinished(const ExchangeResult& result) {}
  // Whether the proxy's own error responses end the client's connection, where their kind does.
  virtual bool failures_end_connection() const { return true; }
  // Whether clients are told of errors by headers.
  virtual bool informational_headers() const { return true; }

  event::Loop* loop() { return loop_; }
  http::RequestHead* request() { return request_; }
  PendingRequest* pending() { return this; }
  bool is_grpc() const { return is_grpc_; }
  int64_t started_ns() const { return started_ns_; }
  // The client speaks another version than the request came in, because a proxy of ours is between.
  void SetClientVersion(http::Version version) { client_version_ = version; }
  // Answers in the upstream's place, or resets the stream where an answer has begun.
  void Fail(const Failure& failure);
  // Answers with a whole response of no body.
  void Respond(http::ResponseHead* head, bool close_connection);

 private:
  static constexpr int kMaxAttempts = 3;
  // Of the interim responses to one request. Nothing holds their sender back, so an upstream that
  // never stopped would fill the memory for a client that does not read.
  static constexpr size_t kInformationalBytesMax = 256 * 1024;

  class ServerSide final : public http::StreamHandler {
   public:
    explicit ServerSide(Exchange* exchange) : exchange_(exchange) {}
    void OnData(absl::string_view data) override { exchange_->OnRequestData(data); }
    void OnEnd(http::Headers* trailers) override { exchange_->OnRequestEnd(trailers); }
    void OnSendReady() override { exchange_->OnServerReady(); }
    void OnReset(const http::Reset& reset) override { exchange_->OnServerReset(reset); }
    void OnDone() override { exchange_->OnServerDone(); }

   private:
    Exchange* const exchange_;
  };

  class ClientSide final : public http::StreamHandler {
   public:
    explicit ClientSide(Exchange* exchange) : exchange_(exchange) {}
    void OnInformational(http::ResponseHead* head) override { exchange_->OnInformational(head); }
    void OnResponse(http::ResponseHead* head) override { exchange_->OnResponse(head); }
    void OnData(absl::string_view data) override { exchange_->OnResponseData(data); }
    void OnEnd(http::Headers* trailers) override { exchange_->OnResponseEnd(trailers); }
    void OnSendReady() override { exchange_->OnClientReady(); }
    void OnReset(const http::Reset& reset) override { exchange_->OnClientReset(reset); }
    void OnDone() override { exchange_->OnClientDone(); }

   private:
    Exchange* const exchange_;
  };

  // PendingRequest.
  const http::RequestHead& head() const override { return *request_; }
  http::StreamHandler* stream_handler() override { return &client_side_; }
  void OnStream(http::Stream* stream) override;
  void OnConnectFailure(const absl::Status& status) override;

  void OnRequestData(absl::string_view data);
  void OnRequestEnd(http::Headers* trailers);
  void OnServerReady();
  void OnServerReset(const http::Reset& reset);
  void OnServerDone();

  void OnInformational(http::ResponseHead* head);
  void OnResponse(http::ResponseHead* head);
  void OnResponseData(absl::string_view data);
  void OnResponseEnd(http::Headers* trailers);
  void OnClientReady();
  void OnClientReset(const http::Reset& reset);
  void OnClientDone();

  bool AdmitInformational(const http::ResponseHead& head);
  void ReadGrpcStatus(const http::Headers& headers);
  void FirstByte();
  void TakeBackBody();
  bool Replayable(const http::Reset& reset) const;
  // Whether the client hears of failures in gRPC's way.
  bool is_grpc_stream() const { return is_grpc_ && client_version_ == http::Version::kHttp2; }
  void FailInTrailers(const Failure& failure);
  void DropClient();
  void Finish();
  void EndIfOver();

  event::Loop* const loop_;
  http::ServerStream* server_;
  http::Stream* client_ = nullptr;
  http::RequestHead* request_;
  http::Version client_version_;  // The client's own, whatever becomes of the head.
  ServerSide server_side_{this};
  ClientSide client_side_{this};
  ByteQueue waiting_body_;       // Of the request, until there is a stream for it.
  size_t waiting_consumed_ = 0;  // Of these, from the front, given back to the client's window.
  http::Headers* waiting_trailers_ = nullptr;
  size_t informational_bytes_ = 0;
  size_t request_unconsumed_ = 0;   // Held back while the upstream is slow.
  size_t response_unconsumed_ = 0;  // Held back while the client is slow.
  const int64_t started_ns_;
  ExchangeResult result_;
  uint8_t attempts_ = 0;
  bool is_grpc_ = false;
  bool request_ended_ = false;
  bool request_body_sent_ = false;  // Some of it: the request cannot be sent again.
  bool response_started_ = false;
  bool response_ended_ = false;
  bool first_byte_ = false;
  bool finished_ = false;
  bool routing_ = false;  // Inside Route(): the end waits for its return.
  bool over_ = false;
};

}  // namespace gossamer::proxy

#endif  // PROXY_HTTP_EXCHANGE_H_
