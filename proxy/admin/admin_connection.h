#ifndef PROXY_ADMIN_ADMIN_CONNECTION_H_
#define PROXY_ADMIN_ADMIN_CONNECTION_H_

#include <memory>
#include <string>

#include "lib/event/loop.h"
#include "lib/http/stream.h"
#include "lib/net/ip.h"
#include "lib/net/tcp_stream.h"
#include "lib/tls/tls_stream.h"
#include "proxy/admin/admin.h"

namespace gossamer::proxy {

// One client of the admin server. Owns itself, and is listed by the server while it lives.
class AdminConnection final : private event::IoHandler, private http::ServerHandler {
 public:
  static void Start(Admin* admin, std::unique_ptr<net::TcpStream> tcp,
                    const net::SocketAddress& client);
  void Close();
  // The server is being destroyed, outside of the loop's turns.
  void OnServerEnd();

 private:
  friend class event::Loop;  // Ends it.

  AdminConnection(Admin* admin, std::unique_ptr<net::TcpStream> tcp,
                  const net::SocketAddress& client);
  ~AdminConnection();

  static constexpr absl::Duration kDetectTimeout = absl::Seconds(1);

  void OnIo(event::IoEvents events) override;
  void OnRequest(http::ServerStream* stream) override;
  void OnConnectionClosed() override { Close(); }
  void SniffForTls();
  void SniffForHttp();
  void OnHandshake(absl::Status status);
  void Serve(bool http2);

  Admin* admin_;  // Null once it is gone.
  std::unique_ptr<net::TcpStream> tcp_;
  std::unique_ptr<tls::TlsStream> handshake_;
  std::unique_ptr<net::ByteStream> stream_;  // Once it is known whether there is TLS.
  const bool from_loopback_;
  std::string sniffed_;
  event::Timer deadline_;
  std::unique_ptr<http::ServerConnection> http_;
  bool closed_ = false;
};

}  // namespace gossamer::proxy

#endif  // PROXY_ADMIN_ADMIN_CONNECTION_H_
