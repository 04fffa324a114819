#ifndef LIB_GRPC_CHANNEL_H_
#define LIB_GRPC_CHANNEL_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/event/loop.h"
#include "lib/grpc/message_framing.h"
#include "lib/http/http2/connection.h"
#include "lib/http/stream.h"
#include "lib/net/byte_stream.h"

namespace gossamer::rpc {

class Channel;

// One call: a request message, then any number of response messages, then a status. Destroying it
// cancels. Made by Channel::Start().
class Call final : private http::StreamHandler {
 public:
  // Hears of the call on the loop's thread. Either method may destroy the call.
  class Observer {
   public:
    virtual void OnMessage(absl::string_view message) = 0;
    // The end. OK also for a stream that the server ended in order. Not called after destruction.
    virtual void OnClosed(const absl::Status& status) = 0;

   protected:
    ~Observer() = default;
  };

  ~Call();

 private:
  friend class Channel;

  Call(Channel* channel, absl::string_view path, absl::string_view request, Observer* observer);
  void Begin(http2::ClientConnection* connection);
  void Close(absl::Status status);

  void OnResponse(http::ResponseHead* head) override;
  void OnData(absl::string_view data) override;
  void OnEnd(http::Headers* trailers) override;
  void OnSendReady() override {}
  void OnReset(const http::Reset& reset) override;
  void OnDone() override;

  Channel* const channel_;
  const std::string path_;
  const std::string request_;  // Framed.
  Observer* observer_;         // Null once closed.
  http::Stream* stream_ = nullptr;
  MessageReader reader_;
  absl::Status status_;  // With has_status_.
  bool has_status_ = false;
  bool* destroyed_ = nullptr;  // Set while a callback runs that may destroy the call.
};

// Makes a connection to a service, each time anew: resolves its name, picks an address, dials.
class Connector {
 public:
  using OnDone = absl::AnyInvocable<void(absl::StatusOr<std::unique_ptr<net::ByteStream>>)>;

  virtual ~Connector() = default;
  // One attempt at a time. `done` runs once, never within Connect().
  virtual void Connect(OnDone done) = 0;
  // Gives up: `done` does not run.
  virtual void Cancel() = 0;
};

// A client of one gRPC service over one HTTP/2 connection, which is made when a call needs it.
// Calls that wait for a connection fail with Unavailable where it cannot be made: trying again, and
// how soon, is the caller's part.
//
// Bound to its loop's thread. Outlives its calls.
class Channel final : private http2::ClientConnection::Observer {
 public:
  struct Options {
    std::string authority;  // The :authority of every call.
    http2::Options http2;
  };

  Channel(event::Loop* loop, Options options, std::unique_ptr<Connector> connector);
  ~Channel();

  // Calls `path`, "/package.Service/Method", with one serialized request. `observer` outlives the
  // call.
  std::unique_ptr<Call> Start(absl::string_view path, absl::string_view request,
                              Call::Observer* observer);
  // Lets the connection go, so that the next call makes a new one: with a new certificate, say.
  void Disconnect();

 private:
  friend class Call;

  void OnClientDraining(http2::ClientConnection* connection) override;
  void OnClientClosed(http2::ClientConnection* connection) override;
  void OnConnected(absl::StatusOr<std::unique_ptr<net::ByteStream>> stream);
  void FailWaiting(const absl::Status& status);
  void Forget(Call* call);
  void LetGo(std::unique_ptr<http2::ClientConnection> connection);

  event::Loop* const loop_;
  const Options options_;
  const std::unique_ptr<Connector> connector_;
  bool connecting_ = false;
  std::unique_ptr<http2::ClientConnection> connection_;
  std::vector<std::unique_ptr<http2::ClientConnection>> draining_;
  std::vector<Call*> waiting_;
  std::vector<Call*> failing_;  // Were waiting when an attempt failed, and are being told.
};

}  // namespace gossamer::rpc

#endif  // LIB_GRPC_CHANNEL_H_
