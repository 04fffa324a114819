#ifndef LIB_TLS_TLS_STREAM_H_
#define LIB_TLS_TLS_STREAM_H_

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/buffer/byte_queue.h"
#include "lib/net/byte_stream.h"
#include "lib/net/tcp_stream.h"
#include "lib/tls/context.h"

namespace gossamer::tls {

// TLS on a TCP connection.
//
// Ciphertext passes through buffers of the thread, not of the connection: a read takes all that the
// socket holds (up to 64 KiB) in one system call and decrypts record after record out of it, and a
// write encrypts up to 64 KiB of records before one system call sends them. An idle connection
// holds no buffer. What a blocked socket or an interrupted reader leaves over is kept, bounded by
// those sizes.
class TlsStream final : public net::ByteStream, private event::IoHandler {
 public:
  struct Options {
    // Client: the name sent as SNI, and the id that the server must prove.
    std::string server_name;
    std::string expected_id;
  };
  // Told once how the handshake ended; may destroy the stream. The error says what the peer or its
  // certificate did wrong.
  using HandshakeDone = absl::AnyInvocable<void(absl::Status)>;

  // Starts a handshake in the context's role. `tcp` is connected. `done` never runs within
  // Create(). The caller sets the deadline. Error: out of memory.
  static absl::StatusOr<std::unique_ptr<TlsStream>> Create(event::Loop* loop,
                                                           std::unique_ptr<net::TcpStream> tcp,
                                                           std::shared_ptr<const Context> context,
                                                           Options options, HandshakeDone done);
  ~TlsStream() override;

  void SetHandler(event::IoHandler* handler) override { handler_ = handler; }
  net::IoResult Read(char* buffer, size_t max) override;
  net::IoResult Write(ByteQueue* queue) override;
  net::IoResult Write(absl::string_view data) override;
  void ShutdownWrite() override;
  void ResetOnClose() override;
  int fd() const override { return tcp_->fd(); }

  // After the handshake. The verified id of the peer; empty for a client without a certificate.
  const std::string& peer_id() const { return peer_id_; }
  // The protocol agreed by ALPN; empty for none.
  std::string alpn() const;

 private:
  friend class Context;
  struct Scratch;

  TlsStream(event::Loop* loop, std::unique_ptr<net::TcpStream> tcp,
            std::shared_ptr<const Context> context, Options options, HandshakeDone done);
  absl::Status Start();

  static Scratch& scratch();
  static const BIO_METHOD* BioMethod();
  static int BioRead(BIO* bio, char* out, int length);
  static int BioWrite(BIO* bio, const char* in, int length);
  static ssl_verify_result_t VerifyPeer(SSL* ssl, uint8_t* out_alert);
  ssl_verify_result_t Verify(uint8_t* out_alert);

  void OnIo(event::IoEvents events) override;
  void DriveHandshake();
  void Finish(absl::Status status);
  absl::Status HandshakeError(int ssl_error);

  int TakeCiphertext(char* out, int length);
  void KeepLeftover();
  // Sends what was encrypted. False where the socket did not take all of it.
  bool Flush();
  // What Write() returns before it has done anything, or at its end: kOk, or how the output stands.
  net::IoStatus WriteStatus() const;
  net::IoResult Encrypt(absl::string_view data);
  net::IoResult Failure(int ssl_result);

  event::Loop* const loop_;
  const std::unique_ptr<net::TcpStream> tcp_;
  const std::shared_ptr<const Context> context_;
  Options options_;
  HandshakeDone handshake_done_;  // Null when told.
  event::Deferred first_drive_;
  bssl::UniquePtr<SSL> ssl_;
  event::IoHandler* handler_ = nullptr;

  absl::Status verify_status_;
  std::string peer_id_;

  ByteQueue
      unread_;  // Ciphertext that was received before another stream took the thread's buffer.
  ByteQueue unsent_;                             // Ciphertext that the socket did not take.
  net::IoStatus read_end_ = net::IoStatus::kOk;  // kEof or kError once the socket's input ended.
  int error_ = 0;
  bool write_shutdown_ = false;
  bool fin_sent_ = false;
  bool abortive_ = false;  // The close is to look like none in order.
};

}  // namespace gossamer::tls

#endif  // LIB_TLS_TLS_STREAM_H_
