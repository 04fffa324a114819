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
#include "lib/tls/post_handshake.h"
#include "lib/tls/traffic_key.h"

namespace gossamer::tls {

// TLS 1.3 on a TCP connection: BoringSSL makes the handshake and is let go then, with its memory;
// records are protected by this class (RFC 8446 section 5).
//
// Ciphertext passes through buffers of the thread, not of the connection: a read takes what the
// socket holds, up to what was asked for, in one system call and decrypts record after record out
// of it into the caller's buffer, and a write encrypts up to 512 KiB of the caller's bytes before
// one system call sends them. Nothing is copied besides. An idle connection holds its keys and no
// buffer. What a blocked socket or an interrupted reader leaves over is kept, bounded by those
// sizes.
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
  const std::string& alpn() const { return alpn_; }

  // Records that one generation of keys protects before the next one's turn: well below what
  // AES-GCM allows (RFC 8446 section 5.5).
  static constexpr uint64_t kRecordsPerKey = uint64_t{1} << 23;
  // Goes on to the next generation of this side's keys. False while the socket is blocked.
  bool UpdateKey();

 private:
  friend class Context;
  struct Scratch;
  struct Handshake;

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
  // Takes the keys and what else outlives the handshake.
  absl::Status TakeKeys();
  void Finish(absl::Status status);
  absl::Status HandshakeError(int ssl_error);

  // Makes the thread's input buffer this stream's, with what it had left over in it.
  void OwnInput();
  void KeepLeftover();
  // Receives about as much as `wanted` behind what the buffer holds.
  net::IoStatus Receive(size_t wanted);
  // The whole record at the input's front; empty where there is none yet, or it is too large.
  absl::string_view NextRecord();
  // Opens it into the caller's buffer, or for want of room there into unread_plaintext_. Returns
  // how many bytes went to the caller.
  size_t OpenRecord(absl::string_view record, char* buffer, size_t room);
  // A record that holds no data.
  void OnMessage(uint8_t type, absl::string_view content);
  void OnAlert(absl::string_view alert);
  net::IoResult ReadEnd() const;

  // Seals into the thread's output as many whole records as fit. Returns how much of `data` went.
  size_t SealSome(absl::string_view data);
  void SealMessage(ContentType type, absl::string_view message);
  void PrepareToSeal();
  // Ends the connection for a violation, and tells the peer.
  void FailWithAlert(Alert alert);
  // Sends what was sealed. False where the socket did not take all of it.
  bool Flush();
  // What Write() returns before it has done anything, or at its end: kOk, or how the output stands.
  net::IoStatus WriteStatus() const;

  event::Loop* const loop_;
  const std::unique_ptr<net::TcpStream> tcp_;
  std::unique_ptr<Handshake> handshake_;  // Null when it is over and told.
  event::IoHandler* handler_ = nullptr;

  TrafficKey read_key_;
  TrafficKey write_key_;
  PostHandshake post_handshake_;
  std::string peer_id_;
  std::string alpn_;

  ByteQueue unread_;            // Ciphertext, received before another stream took the buffer.
  ByteQueue unread_plaintext_;  // Of a record for which a reader had no room.
  ByteQueue unsent_;            // Ciphertext that the socket did not take.
  net::IoStatus read_end_ = net::IoStatus::kOk;  // kEof or kError once the socket's input ended.
  int error_ = 0;
  bool established_ = false;
  bool peer_closed_ = false;   // close_notify came.
  bool violated_ = false;      // Nothing more is read.
  bool update_asked_ = false;  // The peer waits for this side's next key.
  bool write_shutdown_ = false;
  bool fin_sent_ = false;
  bool abortive_ = false;  // The close is to look like none in order.
};

}  // namespace gossamer::tls

#endif  // LIB_TLS_TLS_STREAM_H_
