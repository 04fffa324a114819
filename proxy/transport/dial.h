#ifndef PROXY_TRANSPORT_DIAL_H_
#define PROXY_TRANSPORT_DIAL_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/event/loop.h"
#include "lib/net/byte_stream.h"
#include "lib/net/ip.h"
#include "lib/net/socket.h"
#include "lib/net/tcp_stream.h"
#include "lib/tls/context.h"
#include "lib/tls/tls_stream.h"

namespace gossamer::proxy {

// Where to connect and how.
struct DialTarget {
  net::SocketAddress address;
  net::SocketOptions options;
  // For TCP and TLS together. Where the loop was too busy to notice in time that TCP was connected,
  // TLS gets as much once more.
  absl::Duration timeout = absl::Seconds(1);
  // Null for plaintext.
  std::shared_ptr<const tls::Context> tls;
  std::string server_name;  // Sent as SNI.
  std::string expected_id;  // That the server must prove.
  // With TLS: sent first where the server has agreed to the transport protocol by ALPN.
  std::string transport_header;
};

// Prepares a connection to an endpoint as things stand now: with today's certificate.
using DialTargetSource = std::function<DialTarget()>;
// Decorates a fresh connection: counts its bytes.
using StreamDecorator =
    std::function<std::unique_ptr<net::ByteStream>(std::unique_ptr<net::ByteStream>)>;

// A connection that is being made, however its server is found. Destroying it gives up.
class PendingDial {
 public:
  // Unavailable where the server cannot be reached, DeadlineExceeded ("connect timed out after
  // 1s"), ResourceExhausted where this process has no descriptor or memory left for it, or what is
  // wrong with its certificate or this proxy's own.
  using OnDone = absl::AnyInvocable<void(absl::StatusOr<std::unique_ptr<net::ByteStream>>)>;

  virtual ~PendingDial() = default;
};

// One attempt to connect to one address: TCP, TLS, transport header.
class Dial final : public PendingDial, private event::IoHandler {
 public:
  // `done` runs once, never within the constructor, and may destroy the dial.
  Dial(event::Loop* loop, DialTarget target, OnDone done);

 private:
  void Start();
  void OnIo(event::IoEvents events) override;
  void OnDeadline();
  void Connected();
  void OnHandshake(const absl::Status& status);
  void Finish(absl::StatusOr<std::unique_ptr<net::ByteStream>> result);

  event::Loop* const loop_;
  const DialTarget target_;
  OnDone done_;
  event::Deferred start_;
  event::Timer deadline_;
  std::unique_ptr<net::TcpStream> tcp_;
  std::unique_ptr<tls::TlsStream> tls_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_TRANSPORT_DIAL_H_
