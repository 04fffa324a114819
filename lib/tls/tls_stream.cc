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
#include "lib/buffer/thread_cache.h"
#include "lib/net/read_buffer.h"
#include "lib/status/status_macros.h"

namespace gossamer::tls {

using net::IoResult;
using net::IoStatus;

// The thread's ciphertext buffers. Input belongs to the stream that received it last, until another
// one receives; output is empty between calls.
struct TlsStream::Scratch {
  static constexpr size_t kReadBytes = net::kReadBufferBytes;
  // Behind a part of a record, a whole read.
  static constexpr size_t kInputBytes = kReadBytes + kMaxRecordBytes;
  // As much plaintext in whole records.
  static constexpr size_t kOutputBytes =
      net::kReadBufferBytes + 2 * (net::kReadBufferBytes / kMaxRecordPlaintext) * kSealOverhead;

  absl::string_view input_left() const { return {input + input_begin, input_end - input_begin}; }
  size_t output_room() const { return sizeof(output) - output_end; }

  TlsStream* input_owner = nullptr;
  size_t input_begin = 0;
  size_t input_end = 0;
  size_t output_end = 0;
  char input[kInputBytes];
  char output[kOutputBytes];
  char plaintext[kMaxRecordCiphertext];  // Of a record for which a reader has no room.
};

// What is gone once the handshake is over.
struct TlsStream::Handshake {
  std::shared_ptr<const Context> context;
  Options options;
  HandshakeDone done;
  event::Deferred first_drive;
  bssl::UniquePtr<SSL> ssl;
  absl::Status verify_status;
};

TlsStream::Scratch& TlsStream::scratch() {
  struct Cache final : ThreadCache {
    void Release() override {
      if (scratch == nullptr) return;
      if (scratch->input_owner != nullptr) scratch->input_owner->KeepLeftover();
      scratch.reset();
    }
    std::unique_ptr<Scratch> scratch;
  };
  static thread_local Cache cache;
  // Threads without TLS do not carry it, and untouched parts of it cost nothing.
  if (cache.scratch == nullptr) cache.scratch.reset(new Scratch);
  return *cache.scratch;
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
      handshake_(new Handshake{std::move(context),
                               std::move(options),
                               std::move(done),
                               {loop, [this] { DriveHandshake(); }},
                               nullptr,
                               absl::OkStatus()}) {}

TlsStream::~TlsStream() {
  Scratch& s = scratch();
  if (s.input_owner == this) s.input_owner = nullptr;
  // Tells the peer that this is the true end, where nothing else is in the way.
  if (!abortive_) ShutdownWrite();
}

absl::Status TlsStream::Start() {
  const Context& context = *handshake_->context;
  handshake_->ssl.reset(SSL_new(context.get()));
  SSL* ssl = handshake_->ssl.get();
  BIO* bio = ssl == nullptr ? nullptr : BIO_new(BioMethod());
  if (bio == nullptr) {
    ERR_clear_error();
    return absl::ResourceExhaustedError("TLS: out of memory");
  }
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);
  SSL_set_app_data(ssl, this);
  if (context.role() == Role::kServer) {
    SSL_set_accept_state(ssl);
  } else {
    SSL_set_connect_state(ssl);
    const std::string& server_name = handshake_->options.server_name;
    if (!server_name.empty()) SSL_set_tlsext_host_name(ssl, server_name.c_str());
  }
  tcp_->SetHandler(this);
  handshake_->first_drive.Schedule();
  return absl::OkStatus();
}

// The handshake.

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

// BoringSSL asks for exactly one header or record at a time: what comes behind the handshake stays
// in the input.
int TlsStream::BioRead(BIO* bio, char* out, int length) {
  BIO_clear_retry_flags(bio);
  auto* self = static_cast<TlsStream*>(BIO_get_data(bio));
  self->OwnInput();
  Scratch& s = scratch();
  if (s.input_left().empty()) {
    const IoStatus status = self->Receive(net::kUsualReadBytes);
    if (status == IoStatus::kBlocked) {
      BIO_set_retry_read(bio);
      return -1;
    }
    if (status != IoStatus::kOk) return 0;
  }
  const absl::string_view front = s.input_left().substr(0, static_cast<size_t>(length));
  std::memcpy(out, front.data(), front.size());
  s.input_begin += front.size();
  return static_cast<int>(front.size());
}

int TlsStream::BioWrite(BIO* bio, const char* in, int length) {
  BIO_clear_retry_flags(bio);
  auto* self = static_cast<TlsStream*>(BIO_get_data(bio));
  Scratch& s = scratch();
  const size_t size = static_cast<size_t>(length);
  if (size > s.output_room()) {
    // Only an outsized chain of certificates comes here.
    self->unsent_.Append(absl::string_view(s.output, s.output_end));
    s.output_end = 0;
    self->unsent_.Append(absl::string_view(in, size));
    return length;
  }
  std::memcpy(s.output + s.output_end, in, size);
  s.output_end += size;
  return length;
}

void TlsStream::DriveHandshake() {
  if (handshake_ == nullptr) return;  // The first drive, scheduled, and an event came before.
  SSL* ssl = handshake_->ssl.get();
  const int result = SSL_do_handshake(ssl);
  const int ssl_error = result == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl, result);
  const bool sent = Flush();  // Also the alert of a handshake that failed.
  if (ssl_error == SSL_ERROR_WANT_READ && error_ == 0) return;
  if (ssl_error != SSL_ERROR_NONE || error_ != 0) return Finish(HandshakeError(ssl_error));
  if (!sent) return;  // The socket's next writable edge comes back here.
  Finish(TakeKeys());
}

absl::Status TlsStream::TakeKeys() {
  SSL* ssl = handshake_->ssl.get();
  const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl);
  bssl::Span<const uint8_t> read_secret, write_secret;
  if (!bssl::SSL_get_traffic_secrets(ssl, &read_secret, &write_secret) ||
      !read_key_.Init(cipher, {read_secret.data(), read_secret.size()},
                      SSL_get_read_sequence(ssl)) ||
      !write_key_.Init(cipher, {write_secret.data(), write_secret.size()},
                       SSL_get_write_sequence(ssl))) {
    return absl::InternalError("TLS: no keys for records");
  }
  const uint8_t* alpn = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(ssl, &alpn, &length);
  alpn_.assign(reinterpret_cast<const char*>(alpn), length);
  established_ = true;
  return absl::OkStatus();
}

void TlsStream::Finish(absl::Status status) {
  ERR_clear_error();
  if (!status.ok() && error_ == 0) error_ = EPROTO;
  HandshakeDone done = std::move(handshake_->done);
  // It may be what runs.
  loop_->DeleteLater(std::move(handshake_));
  done(std::move(status));
}

absl::Status TlsStream::HandshakeError(int ssl_error) {
  if (!handshake_->verify_status.ok()) return handshake_->verify_status;
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
  const STACK_OF(CRYPTO_BUFFER)* buffers = SSL_get0_peer_certificates(handshake_->ssl.get());
  absl::InlinedVector<absl::string_view, 4> chain;
  for (size_t i = 0; i < sk_CRYPTO_BUFFER_num(buffers); ++i) {
    const CRYPTO_BUFFER* buffer = sk_CRYPTO_BUFFER_value(buffers, i);
    chain.emplace_back(reinterpret_cast<const char*>(CRYPTO_BUFFER_data(buffer)),
                       CRYPTO_BUFFER_len(buffer));
  }
  absl::StatusOr<std::string> id =
      handshake_->context->verify()(chain, handshake_->options.expected_id);
  ERR_clear_error();  // What the verifier has left there would be taken for the handshake's.
  if (!id.ok()) {
    handshake_->verify_status = id.status();
    *out_alert = SSL_AD_BAD_CERTIFICATE;
    return ssl_verify_invalid;
  }
  peer_id_ = *std::move(id);
  return ssl_verify_ok;
}

// Receiving.

void TlsStream::OnIo(event::IoEvents events) {
  if (handshake_ != nullptr) return DriveHandshake();
  if (events.writable && !unsent_.empty() && !Flush() && error_ == 0) {
    events.writable = false;  // Still blocked: a writer would be woken in vain.
  }
  if (handler_ != nullptr) handler_->OnIo(events);
}

void TlsStream::OwnInput() {
  Scratch& s = scratch();
  if (s.input_owner == this) return;
  if (s.input_owner != nullptr) s.input_owner->KeepLeftover();
  s.input_owner = this;
  s.input_begin = s.input_end = 0;
  while (!unread_.empty()) {
    const absl::string_view front = unread_.Front();
    std::memcpy(s.input + s.input_end, front.data(), front.size());
    s.input_end += front.size();
    unread_.Consume(front.size());
  }
}

// Another stream is about to use the thread's input buffer.
void TlsStream::KeepLeftover() { unread_.Append(scratch().input_left()); }

// The input holds less than a record.
IoStatus TlsStream::Receive(size_t wanted) {
  if (read_end_ != IoStatus::kOk) return read_end_;
  Scratch& s = scratch();
  const absl::string_view left = s.input_left();
  if (left.empty() || sizeof(s.input) - s.input_end < Scratch::kReadBytes) {
    std::memmove(s.input, left.data(), left.size());
    s.input_begin = 0;
    s.input_end = left.size();
  }
  // What a caller cannot take at once would have to be kept.
  const size_t bytes = std::clamp(wanted, kMaxRecordBytes, Scratch::kReadBytes);
  const IoResult result = tcp_->Read(s.input + s.input_end, bytes);
  if (result.status == IoStatus::kBlocked) return result.status;
  if (result.status != IoStatus::kOk) {
    read_end_ = result.status;
    if (result.status == IoStatus::kError) error_ = result.error;
    return result.status;
  }
  s.input_end += result.bytes;
  return IoStatus::kOk;
}

absl::string_view TlsStream::NextRecord() {
  const absl::string_view input = scratch().input_left();
  if (input.size() < kRecordHeaderBytes) return {};
  const auto byte = [&](int i) { return static_cast<uint8_t>(input[i]); };
  const size_t length = size_t{byte(3)} << 8 | byte(4);
  if (byte(0) != static_cast<uint8_t>(ContentType::kApplicationData)) {
    FailWithAlert(Alert::kUnexpectedMessage);
    return {};
  }
  if (length > kMaxRecordCiphertext) {
    FailWithAlert(Alert::kRecordOverflow);
    return {};
  }
  if (input.size() < kRecordHeaderBytes + length) return {};
  return input.substr(0, kRecordHeaderBytes + length);
}

size_t TlsStream::OpenRecord(absl::string_view record, char* buffer, size_t room) {
  scratch().input_begin += record.size();
  const bool fits = record.size() <= room + kRecordHeaderBytes + kRecordTagBytes;
  char* const out = fits ? buffer : scratch().plaintext;
  TrafficKey::Opened opened;
  if (!read_key_.Open(record, out, &opened)) {
    ERR_clear_error();
    FailWithAlert(Alert::kBadRecordMac);
    return 0;
  }
  const absl::string_view data(out, opened.size);
  if (data.size() > kMaxRecordPlaintext) {
    FailWithAlert(Alert::kRecordOverflow);
    return 0;
  }
  if (opened.type != static_cast<uint8_t>(ContentType::kApplicationData)) {
    OnMessage(opened.type, data);
    return 0;
  }
  if (!post_handshake_.OnData(data.size())) {
    FailWithAlert(Alert::kUnexpectedMessage);
    return 0;
  }
  if (fits) return data.size();
  const size_t taken = std::min(room, data.size());
  std::memcpy(buffer, data.data(), taken);
  unread_plaintext_.Append(data.substr(taken));
  return taken;
}

void TlsStream::OnMessage(uint8_t type, absl::string_view content) {
  using Verdict = PostHandshake::Verdict;
  if (type == static_cast<uint8_t>(ContentType::kAlert)) return OnAlert(content);
  if (type != static_cast<uint8_t>(ContentType::kHandshake)) {
    return FailWithAlert(Alert::kUnexpectedMessage);
  }
  const Verdict verdict = post_handshake_.Take(content);
  switch (verdict) {
    case Verdict::kNothing:
      return;
    case Verdict::kKeyUpdate:
    case Verdict::kKeyUpdateAsked:
      if (!read_key_.Update()) return FailWithAlert(Alert::kInternalError);
      update_asked_ = update_asked_ || verdict == Verdict::kKeyUpdateAsked;
      return;
    case Verdict::kUnexpected:
      return FailWithAlert(Alert::kUnexpectedMessage);
    case Verdict::kMalformed:
      return FailWithAlert(Alert::kDecodeError);
  }
}

void TlsStream::OnAlert(absl::string_view alert) {
  if (alert.size() != 2) return FailWithAlert(Alert::kDecodeError);
  const auto description = static_cast<uint8_t>(alert[1]);
  if (description == static_cast<uint8_t>(Alert::kCloseNotify)) {
    peer_closed_ = true;
    return;
  }
  // RFC 8446 section 6: every other alert ends the connection, whatever its level says; but
  // user_canceled, which precedes a close_notify.
  constexpr uint8_t kUserCanceled = 90;
  if (description == kUserCanceled && post_handshake_.OnData(0)) return;
  violated_ = true;
  if (error_ == 0) error_ = EPROTO;
}

IoResult TlsStream::Read(char* buffer, size_t max) {
  if (!established_) return ReadEnd();
  if (!unread_plaintext_.empty()) {
    const absl::string_view front = unread_plaintext_.Front().substr(0, max);
    std::memcpy(buffer, front.data(), front.size());
    const size_t count = front.size();
    unread_plaintext_.Consume(count);
    return {IoStatus::kOk, 0, count};
  }
  OwnInput();
  size_t total = 0;
  while (total < max && !peer_closed_ && !violated_) {
    const absl::string_view record = NextRecord();
    if (record.empty()) {
      if (violated_ || total > 0 || Receive(max) != IoStatus::kOk) break;
      continue;
    }
    // What does not fit behind other data waits for the next call.
    if (total > 0 && record.size() > max - total + kSealOverhead) break;
    total += OpenRecord(record, buffer + total, max - total);
  }
  if (update_asked_) UpdateKey();
  if (scratch().output_end > 0) Flush();
  if (total > 0) return {IoStatus::kOk, 0, total};
  return ReadEnd();
}

// Why Read() has no data.
IoResult TlsStream::ReadEnd() const {
  // What the peer has signed for is the end in order, whatever became of the socket since.
  if (peer_closed_) return {IoStatus::kEof, 0, 0};
  if (error_ != 0) return {IoStatus::kError, error_, 0};
  // A FIN without close_notify could be an attacker's truncation (RFC 8446 section 6.1).
  if (established_ && read_end_ == IoStatus::kEof) return {IoStatus::kError, ECONNRESET, 0};
  return {IoStatus::kBlocked, 0, 0};
}

// Sending.

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

IoStatus TlsStream::WriteStatus() const {
  if (error_ != 0) return IoStatus::kError;
  if (!established_) return IoStatus::kBlocked;
  return unsent_.empty() ? IoStatus::kOk : IoStatus::kBlocked;
}

void TlsStream::SealMessage(ContentType type, absl::string_view message) {
  Scratch& s = scratch();
  s.output_end += write_key_.Seal(type, message, s.output + s.output_end);
}

bool TlsStream::UpdateKey() {
  if (WriteStatus() != IoStatus::kOk || write_shutdown_) return false;
  constexpr absl::string_view kKeyUpdate("\x18\0\0\x01\0", 5);  // RFC 8446 section 4.6.3.
  SealMessage(ContentType::kHandshake, kKeyUpdate);
  if (!write_key_.Update()) error_ = EPROTO;
  update_asked_ = false;
  Flush();
  return error_ == 0;
}

void TlsStream::FailWithAlert(Alert alert) {
  violated_ = true;
  if (error_ != 0) return;
  error_ = EPROTO;
  if (write_shutdown_) return;
  const char message[] = {2, static_cast<char>(alert)};  // Level fatal.
  SealMessage(ContentType::kAlert, absl::string_view(message, sizeof(message)));
}

size_t TlsStream::SealSome(absl::string_view data) {
  // No records of a few bytes at the output's end: they would cost as much as a full one.
  constexpr size_t kWorthARecord = 1024;
  Scratch& s = scratch();
  size_t total = 0;
  while (total < data.size()) {
    const size_t left = data.size() - total;
    if (s.output_room() < std::min(left, kWorthARecord) + kSealOverhead) break;
    const size_t step = std::min({left, s.output_room() - kSealOverhead, kMaxRecordPlaintext});
    const size_t bytes = write_key_.Seal(ContentType::kApplicationData, data.substr(total, step),
                                         s.output + s.output_end);
    if (bytes == 0) {
      ERR_clear_error();
      error_ = EPROTO;
      break;
    }
    s.output_end += bytes;
    total += step;
  }
  return total;
}

// Before records are sealed: sends what is older.
void TlsStream::PrepareToSeal() {
  if (!unsent_.empty()) Flush();
  if (update_asked_ || write_key_.records() >= kRecordsPerKey) UpdateKey();
}

IoResult TlsStream::Write(absl::string_view data) {
  PrepareToSeal();
  size_t total = 0;
  while (WriteStatus() == IoStatus::kOk && total < data.size()) {
    total += SealSome(data.substr(total));
    Flush();
  }
  return {WriteStatus(), error_, total};
}

IoResult TlsStream::Write(ByteQueue* queue) {
  PrepareToSeal();
  size_t total = 0;
  while (WriteStatus() == IoStatus::kOk && !queue->empty()) {
    // Block after block until the output buffer is full, then one send.
    size_t step;
    do {
      step = SealSome(queue->Front());
      queue->Consume(step);
      total += step;
    } while (step > 0 && !queue->empty());
    Flush();
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
  if (!established_ || error_ != 0) return;
  constexpr absl::string_view kCloseNotify("\x01\0", 2);
  SealMessage(ContentType::kAlert, kCloseNotify);
  Flush();
}

}  // namespace gossamer::tls
