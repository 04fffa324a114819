#include "lib/tls/tls_stream.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pool.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "lib/status/status_macros.h"

namespace gossamer::tls {

using net::IoResult;
using net::IoStatus;

// The thread's ciphertext buffers. Input belongs to the stream that received it last, until another
// one receives; output is empty between calls.
struct TlsStream::Scratch {
  static constexpr size_t kInputBytes = 64 * 1024;
  static constexpr size_t kOutputBytes = 64 * 1024;
  // A record's header, padding byte and tag (RFC 8446 section 5.2).
  static constexpr size_t kRecordOverhead = 5 + 1 + 16;

  TlsStream* input_owner = nullptr;
  size_t input_begin = 0;
  size_t input_end = 0;
  size_t output_end = 0;
  char input[kInputBytes];
  char output[kOutputBytes];
};

TlsStream::Scratch& TlsStream::scratch() {
  // Allocated on first use, so that threads without TLS do not carry it.
  static thread_local std::unique_ptr<Scratch> scratch = std::make_unique<Scratch>();
  return *scratch;
}

absl::StatusOr<std::unique_ptr<TlsStream>> TlsStream::Create(event::Loop* loop,
                                                             std::unique_ptr<net::TcpStream> tcp,
                                                             std::shared_ptr<const Context> context,
                                                             Options options, HandshakeDone done) {
  std::unique_ptr<TlsStream> stream(
      new TlsStream(loop, std::move(tcp), std::move(context), std::move(options), std::move(done)));
  GOSSAMER_RETURN_IF_ERROR(stream->Start());
  return stream;
}

TlsStream::TlsStream(event::Loop* loop, std::unique_ptr<net::TcpStream> tcp,
                     std::shared_ptr<const Context> context, Options options, HandshakeDone done)
    : loop_(loop),
      tcp_(std::move(tcp)),
      context_(std::move(context)),
      options_(std::move(options)),
      handshake_done_(std::move(done)),
      first_drive_(loop, [this] { DriveHandshake(); }) {}

TlsStream::~TlsStream() {
  Scratch& s = scratch();
  if (s.input_owner == this) s.input_owner = nullptr;
  // Tells the peer that this is the true end, where nothing else is in the way.
  const bool established = ssl_ != nullptr && handshake_done_ == nullptr && error_ == 0;
  if (established && !abortive_) ShutdownWrite();
}

absl::Status TlsStream::Start() {
  ssl_.reset(SSL_new(context_->get()));
  BIO* bio = ssl_ == nullptr ? nullptr : BIO_new(BioMethod());
  if (bio == nullptr) {
    ERR_clear_error();
    return absl::ResourceExhaustedError("TLS: out of memory");
  }
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_app_data(ssl_.get(), this);
  if (context_->role() == Role::kServer) {
    SSL_set_accept_state(ssl_.get());
  } else {
    SSL_set_connect_state(ssl_.get());
    if (!options_.server_name.empty()) {
      SSL_set_tlsext_host_name(ssl_.get(), options_.server_name.c_str());
    }
  }
  tcp_->SetHandler(this);
  first_drive_.Schedule();
  return absl::OkStatus();
}

std::string TlsStream::alpn() const {
  const uint8_t* data = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(ssl_.get(), &data, &length);
  return std::string(reinterpret_cast<const char*>(data), length);
}

const BIO_METHOD* TlsStream::BioMethod() {
  static const BIO_METHOD* const kMethod = [] {
    BIO_METHOD* method = BIO_meth_new(0, "gossamer");
    BIO_meth_set_read(method, &BioRead);
    BIO_meth_set_write(method, &BioWrite);
    BIO_meth_set_ctrl(method, [](BIO*, int command, long, void*) -> long {
      return command == BIO_CTRL_FLUSH ? 1 : 0;
    });
    return method;
  }();
  return kMethod;
}

int TlsStream::BioRead(BIO* bio, char* out, int length) {
  BIO_clear_retry_flags(bio);
  const int count = static_cast<TlsStream*>(BIO_get_data(bio))->TakeCiphertext(out, length);
  if (count < 0) BIO_set_retry_read(bio);
  return count;
}

// Takes ciphertext that has been received; where there is none, receives. 0 at the end of input,
// -1 where the socket would block.
int TlsStream::TakeCiphertext(char* out, int length) {
  if (!unread_.empty()) {
    const absl::string_view front = unread_.Front().substr(0, static_cast<size_t>(length));
    std::memcpy(out, front.data(), front.size());
    const int count = static_cast<int>(front.size());
    unread_.Consume(front.size());
    return count;
  }
  Scratch& s = scratch();
  if (s.input_owner != this || s.input_begin == s.input_end) {
    if (read_end_ != IoStatus::kOk) return 0;
    if (s.input_owner != nullptr && s.input_owner != this) s.input_owner->KeepLeftover();
    s.input_owner = this;
    s.input_begin = s.input_end = 0;
    const IoResult result = tcp_->Read(s.input, sizeof(s.input));
    if (result.status == IoStatus::kBlocked) return -1;
    if (result.status != IoStatus::kOk) {
      read_end_ = result.status;
      error_ = result.error;
      return 0;
    }
    s.input_end = result.bytes;
  }
  const size_t count = std::min<size_t>(static_cast<size_t>(length), s.input_end - s.input_begin);
  std::memcpy(out, s.input + s.input_begin, count);
  s.input_begin += count;
  return static_cast<int>(count);
}

// Another stream is about to use the thread's input buffer.
void TlsStream::KeepLeftover() {
  Scratch& s = scratch();
  unread_.Append(absl::string_view(s.input + s.input_begin, s.input_end - s.input_begin));
  s.input_begin = s.input_end = 0;
}

int TlsStream::BioWrite(BIO* bio, const char* in, int length) {
  BIO_clear_retry_flags(bio);
  auto* self = static_cast<TlsStream*>(BIO_get_data(bio));
  Scratch& s = scratch();
  const size_t size = static_cast<size_t>(length);
  if (size > sizeof(s.output) - s.output_end) {
    // Only a handshake with an outsized chain comes here; records are counted before encryption.
    self->unsent_.Append(absl::string_view(s.output, s.output_end));
    s.output_end = 0;
    self->unsent_.Append(absl::string_view(in, size));
    return length;
  }
  std::memcpy(s.output + s.output_end, in, size);
  s.output_end += size;
  return length;
}

bool TlsStream::Flush() {
  Scratch& s = scratch();
  const absl::string_view fresh(s.output, std::exchange(s.output_end, 0));
  if (!unsent_.empty()) {
    unsent_.Append(fresh);
    const IoResult result = tcp_->Write(&unsent_);
    if (result.status == IoStatus::kError) error_ = result.error;
  } else if (!fresh.empty()) {
    const IoResult result = tcp_->Write(fresh);
    if (result.status == IoStatus::kError) {
      error_ = result.error;
    } else {
      unsent_.Append(fresh.substr(result.bytes));
    }
  }
  if (unsent_.empty() && write_shutdown_ && !fin_sent_ && error_ == 0) {
    fin_sent_ = true;
    tcp_->ShutdownWrite();
  }
  return unsent_.empty() && error_ == 0;
}

void TlsStream::OnIo(event::IoEvents events) {
  if (handshake_done_ != nullptr) return DriveHandshake();
  if (events.writable && !unsent_.empty() && !Flush() && error_ == 0) {
    events.writable = false;  // Still blocked: a writer would be woken in vain.
  }
  if (handler_ != nullptr) handler_->OnIo(events);
}

void TlsStream::DriveHandshake() {
  if (handshake_done_ == nullptr) return;  // The first drive, scheduled, and an event came before.
  const int result = SSL_do_handshake(ssl_.get());
  const int ssl_error = result == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_.get(), result);
  const bool sent = Flush();  // Also the alert of a handshake that failed.
  if (ssl_error == SSL_ERROR_WANT_READ && error_ == 0) return;
  if (ssl_error != SSL_ERROR_NONE || error_ != 0) return Finish(HandshakeError(ssl_error));
  if (!sent) return;  // The socket's next writable edge comes back here.
  Finish(absl::OkStatus());
}

void TlsStream::Finish(absl::Status status) {
  ERR_clear_error();
  if (!status.ok() && error_ == 0) error_ = EPROTO;
  HandshakeDone done = std::exchange(handshake_done_, nullptr);
  done(std::move(status));
}

absl::Status TlsStream::HandshakeError(int ssl_error) {
  if (!verify_status_.ok()) return verify_status_;
  if (error_ != 0) return absl::ErrnoToStatus(error_, "TLS handshake");
  if (read_end_ == IoStatus::kEof) {
    return absl::UnavailableError("TLS handshake: the peer closed the connection");
  }
  const uint32_t error = ERR_peek_error();
  const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  return absl::UnavailableError(absl::StrCat(
      "TLS handshake: ", reason == nullptr ? absl::StrCat(ssl_error) : std::string(reason)));
}

ssl_verify_result_t TlsStream::VerifyPeer(SSL* ssl, uint8_t* out_alert) {
  return static_cast<TlsStream*>(SSL_get_app_data(ssl))->Verify(out_alert);
}

ssl_verify_result_t TlsStream::Verify(uint8_t* out_alert) {
  const STACK_OF(CRYPTO_BUFFER)* buffers = SSL_get0_peer_certificates(ssl_.get());
  absl::InlinedVector<absl::string_view, 4> chain;
  for (size_t i = 0; i < sk_CRYPTO_BUFFER_num(buffers); ++i) {
    const CRYPTO_BUFFER* buffer = sk_CRYPTO_BUFFER_value(buffers, i);
    chain.emplace_back(reinterpret_cast<const char*>(CRYPTO_BUFFER_data(buffer)),
                       CRYPTO_BUFFER_len(buffer));
  }
  absl::StatusOr<std::string> id = context_->verify()(chain, options_.expected_id);
  ERR_clear_error();  // What the verifier has left there would be taken for the handshake's.
  if (!id.ok()) {
    verify_status_ = id.status();
    *out_alert = SSL_AD_BAD_CERTIFICATE;
    return ssl_verify_invalid;
  }
  peer_id_ = *std::move(id);
  return ssl_verify_ok;
}

IoResult TlsStream::Read(char* buffer, size_t max) {
  if (handshake_done_ != nullptr) return {IoStatus::kBlocked, 0, 0};
  const int count = SSL_read(ssl_.get(), buffer, static_cast<int>(std::min<size_t>(max, 1 << 30)));
  // A record may have asked for an answer (key update, alert).
  if (scratch().output_end > 0) Flush();
  if (count > 0) return {IoStatus::kOk, 0, static_cast<size_t>(count)};
  return Failure(count);
}

IoResult TlsStream::Failure(int ssl_result) {
  const int ssl_error = SSL_get_error(ssl_.get(), ssl_result);
  ERR_clear_error();
  // What the peer has signed for is the end in order, whatever became of the socket since.
  if (ssl_error == SSL_ERROR_ZERO_RETURN) return {IoStatus::kEof, 0, 0};
  if (error_ != 0) return {IoStatus::kError, error_, 0};
  switch (ssl_error) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return {IoStatus::kBlocked, 0, 0};
    default:
      // A FIN without close_notify could be an attacker's truncation (RFC 8446 section 6.1).
      error_ = read_end_ == IoStatus::kEof ? ECONNRESET : EPROTO;
      return {IoStatus::kError, error_, 0};
  }
}

IoStatus TlsStream::WriteStatus() const {
  if (handshake_done_ != nullptr) return IoStatus::kBlocked;
  if (error_ != 0) return IoStatus::kError;
  return unsent_.empty() ? IoStatus::kOk : IoStatus::kBlocked;
}

// Encrypts into the thread's output as many whole records as fit. Does not send.
IoResult TlsStream::Encrypt(absl::string_view data) {
  IoResult result;
  while (result.bytes < data.size()) {
    const size_t room = sizeof(Scratch::output) - scratch().output_end;
    if (room <= Scratch::kRecordOverhead) break;
    const size_t step = std::min({data.size() - result.bytes, room - Scratch::kRecordOverhead,
                                  static_cast<size_t>(SSL3_RT_MAX_PLAIN_LENGTH)});
    const int count = SSL_write(ssl_.get(), data.data() + result.bytes, static_cast<int>(step));
    if (count <= 0) {
      const size_t bytes = result.bytes;
      result = Failure(count);
      result.bytes = bytes;
      return result;
    }
    result.bytes += static_cast<size_t>(count);
  }
  return result;
}

IoResult TlsStream::Write(absl::string_view data) {
  size_t total = 0;
  if (!unsent_.empty()) Flush();
  while (WriteStatus() == IoStatus::kOk && total < data.size()) {
    const IoResult step = Encrypt(data.substr(total));
    total += step.bytes;
    Flush();
    if (step.status != IoStatus::kOk) return {step.status, step.error, total};
  }
  return {WriteStatus(), error_, total};
}

IoResult TlsStream::Write(ByteQueue* queue) {
  size_t total = 0;
  if (!unsent_.empty()) Flush();
  while (WriteStatus() == IoStatus::kOk && !queue->empty()) {
    // Block after block until the output buffer is full, then one send.
    IoResult step;
    do {
      step = Encrypt(queue->Front());
      queue->Consume(step.bytes);
      total += step.bytes;
    } while (step.status == IoStatus::kOk && step.bytes > 0 && !queue->empty());
    Flush();
    if (step.status != IoStatus::kOk) return {step.status, step.error, total};
  }
  return {WriteStatus(), error_, total};
}

void TlsStream::ResetOnClose() {
  abortive_ = true;
  tcp_->ResetOnClose();
}

void TlsStream::ShutdownWrite() {
  if (write_shutdown_) return;
  write_shutdown_ = true;
  if (handshake_done_ != nullptr || error_ != 0) return;
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
  Flush();
}

}  // namespace gossamer::tls
