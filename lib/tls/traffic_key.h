#ifndef LIB_TLS_TRAFFIC_KEY_H_
#define LIB_TLS_TRAFFIC_KEY_H_

#include <openssl/aead.h>
#include <openssl/base.h>

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace gossamer::tls {

// What a record holds (RFC 8446 section 5.1); after the handshake, others are violations.
enum class ContentType : uint8_t { kAlert = 21, kHandshake = 22, kApplicationData = 23 };

inline constexpr size_t kRecordHeaderBytes = 5;
inline constexpr size_t kRecordTagBytes = 16;  // Of every AEAD of TLS 1.3.
inline constexpr size_t kMaxRecordPlaintext = 1 << 14;
// RFC 8446 section 5.2: what a record's length may say.
inline constexpr size_t kMaxRecordCiphertext = kMaxRecordPlaintext + 256;
inline constexpr size_t kMaxRecordBytes = kRecordHeaderBytes + kMaxRecordCiphertext;
// A header, the content type and the tag: what sealing adds.
inline constexpr size_t kSealOverhead = kRecordHeaderBytes + 1 + kRecordTagBytes;

// Protects the records of one direction of a TLS 1.3 connection (RFC 8446 section 5): BoringSSL
// makes the handshake, this everything after it, straight between the caller's buffers.
//
// Wiped when destroyed. Not thread-safe.
class TrafficKey {
 public:
  TrafficKey() = default;
  TrafficKey(const TrafficKey&) = delete;
  TrafficKey& operator=(const TrafficKey&) = delete;
  ~TrafficKey();

  // Takes over a direction whose traffic secret is `secret`; `sequence` is the number of the next
  // record. False where the cipher is none of TLS 1.3.
  bool Init(const SSL_CIPHER* cipher, absl::Span<const uint8_t> secret, uint64_t sequence);
  // Goes on to the next generation (section 7.2): a KeyUpdate was sent or received.
  bool Update();
  // Records that this generation has protected.
  uint64_t records() const { return sequence_; }

  // Writes `data`, at most kMaxRecordPlaintext bytes, as one record to `out`, which has room for
  // kSealOverhead bytes more and does not overlap it. Returns the record's size; 0 where the
  // library failed.
  size_t Seal(ContentType type, absl::string_view data, char* out);

  struct Opened {
    uint8_t type = 0;  // A ContentType, or what else the peer has written there.
    size_t size = 0;   // Of the data.
  };
  // Reads a whole record. Its data goes to `out`, which has room for the record without header and
  // tag and does not overlap it. False where the record is not authentic or has no content type.
  bool Open(absl::string_view record, char* out, Opened* opened);

 private:
  static constexpr size_t kNonceBytes = 12;
  static constexpr size_t kMaxSecretBytes = 48;

  // Makes key and IV from the secret.
  bool Derive();
  bool ExpandLabel(absl::string_view label, absl::Span<uint8_t> out) const;
  void Nonce(uint8_t (&nonce)[kNonceBytes]) const;

  bssl::ScopedEVP_AEAD_CTX context_;
  const EVP_AEAD* algorithm_ = nullptr;
  const EVP_MD* digest_ = nullptr;
  uint64_t sequence_ = 0;
  uint8_t iv_[kNonceBytes] = {};
  uint8_t secret_[kMaxSecretBytes] = {};
  size_t secret_bytes_ = 0;
};

}  // namespace gossamer::tls

#endif  // LIB_TLS_TRAFFIC_KEY_H_
