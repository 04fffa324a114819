#ifndef LIB_GRPC_SERVER_H_
#define LIB_GRPC_SERVER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "lib/event/loop.h"
#include "lib/grpc/message_framing.h"
#include "lib/http/stream.h"
#include "lib/net/byte_stream.h"

namespace gossamer::rpc {

class Server;

// A call that is being answered: any number of messages, then a status. Held by the method that
// answers it, for as long as it likes; when the last holder lets go of an unfinished call it ends
// as Cancelled. What is sent on a call that is over goes nowhere.
class ServerCall final : public std::enable_shared_from_this<ServerCall>,
                         private http::StreamHandler {
 public:
  ~ServerCall();

  void Send(absl::string_view message);
  // Ends the call. Nothing may follow.
  void Finish(const absl::Status& status);
  // True while the client reads more slowly than messages come; on_ready() follows.
  bool blocked() const { return stream_ != nullptr && stream_->SendBlocked(); }
  // The client is gone, or the call is finished.
  bool over() const { return stream_ == nullptr || finished_; }

  // Told, on the loop's thread, when blocked() ends and when the client has gone.
  void set_on_ready(absl::AnyInvocable<void()> on_ready) { on_ready_ = std::move(on_ready); }
  void set_on_cancel(absl::AnyInvocable<void()> on_cancel) { on_cancel_ = std::move(on_cancel); }

 private:
  friend class Server;

  static constexpr size_t kMaxRequestBytes = kMaxMessageBytes + 5;  // With the message's prefix.

  ServerCall(Server* server, http::ServerStream* stream) : server_(server), stream_(stream) {}
  void Begin();
  void StartResponse();
  void RequestComplete();

  void OnData(absl::string_view data) override;
  void OnEnd(http::Headers* trailers) override;
  void OnSendReady() override;
  void OnReset(const http::Reset& reset) override;
  void OnDone() override;

  Server* const server_;
  http::ServerStream* stream_;  // Null once it is over.
  // Keeps the call alive until its request is complete and the method has it.
  std::shared_ptr<ServerCall> self_;
  MessageReader reader_;
  size_t request_bytes_ = 0;
  std::string path_;
  bool response_started_ = false;
  bool finished_ = false;
  absl::AnyInvocable<void()> on_ready_;
  absl::AnyInvocable<void()> on_cancel_;
};

// Answers gRPC calls over HTTP/2 connections: unary and server-streaming methods. For programs that
// cannot afford gRPC itself.
//
// Bound to its loop's thread. Outlives its calls.
class Server {
 public:
  // Runs when the request has come whole. `request` is valid during the call only.
  using Method = std::function<void(std::shared_ptr<ServerCall> call, absl::string_view request)>;

  explicit Server(event::Loop* loop);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // `path` is "/package.Service/Method". Other paths are Unimplemented.
  void Register(absl::string_view path, Method method);
  // Serves a connection, whose first bytes may have been read already.
  absl::Status Serve(std::unique_ptr<net::ByteStream> transport, absl::string_view already_read);
  // Lets calls in flight finish and closes their connections then.
  void Drain();
  size_t connections() const { return connections_.size(); }

 private:
  friend class ServerCall;
  class Connection;

  event::Loop* const loop_;
  absl::flat_hash_map<std::string, Method> methods_;
  absl::flat_hash_map<Connection*, std::unique_ptr<Connection>> connections_;
};

}  // namespace gossamer::rpc

#endif  // LIB_GRPC_SERVER_H_
