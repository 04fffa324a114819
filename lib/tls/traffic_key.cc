#include "lib/tls/traffic_key.h"

#include <openssl/digest.h>
#include <openssl/hkdf.h>
#include <openssl/mem.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstring>

namespace gossamer::tls {
namespace {

// RFC 8446 section 5.2: every protected record looks like application data of TLS 1.2.
void WriteHeader(size_t ciphertext_bytes, uint8_t* out) {
  out[0] = static_cast<uint8_t>(ContentType::kApplicationData);
  out[1] = out[2] = 3;
  out[3] = static_cast<uint8_t>(ciphertext_bytes >> 8);
  out[4] = static_cast<uint8_t>(ciphertext_bytes);
}

struct Suite {
  const EVP_AEAD* algorithm = nullptr;
  const EVP_MD* digest = nullptr;
};

// RFC 8446 section B.4.
Suite SuiteOf(const SSL_CIPHER* cipher) {
  switch (SSL_CIPHER_get_id(cipher)) {
    case TLS1_CK_AES_128_GCM_SHA256:
      return {EVP_aead_aes_128_gcm(), EVP_sha256()};
    case TLS1_CK_AES_256_GCM_SHA384:
      return {EVP_aead_aes_256_gcm(), EVP_sha384()};
    case TLS1_CK_CHACHA20_POLY1305_SHA256:
      return {EVP_aead_chacha20_poly1305(), EVP_sha256()};
    default:
      return {};
  }
}

}  // namespace

TrafficKey::~TrafficKey() {
  OPENSSL_cleanse(secret_, sizeof(secret_));
  OPENSSL_cleanse(iv_, sizeof(iv_));
}

bool TrafficKey::Init(const SSL_CIPHER* cipher, absl::Span<const uint8_t> secret,
                      uint64_t sequence) {
  const Suite suite = cipher == nullptr ? Suite() : SuiteOf(cipher);
  if (suite.algorithm == nullptr || secret.size() > sizeof(secret_)) return false;
  algorithm_ = suite.algorithm;
  digest_ = suite.digest;
  secret_bytes_ = secret.size();
  std::memcpy(secret_, secret.data(), secret.size());
  sequence_ = sequence;
  return Derive();
}

bool TrafficKey::ExpandLabel(absl::string_view label, absl::Span<uint8_t> out) const {
  constexpr absl::string_view kPrefix = "tls13 ";
  uint8_t info[32];
  size_t size = 0;
  info[size++] = 0;
  info[size++] = static_cast<uint8_t>(out.size());
  info[size++] = static_cast<uint8_t>(kPrefix.size() + label.size());
  size = static_cast<size_t>(std::copy(kPrefix.begin(), kPrefix.end(), info + size) - info);
  size = static_cast<size_t>(std::copy(label.begin(), label.end(), info + size) - info);
  info[size++] = 0;  // No context.
  return HKDF_expand(out.data(), out.size(), digest_, secret_, secret_bytes_, info, size) == 1;
}

bool TrafficKey::Derive() {
  uint8_t key[EVP_AEAD_MAX_KEY_LENGTH];
  const size_t key_bytes = EVP_AEAD_key_length(algorithm_);
  context_.Reset();
  const bool made =
      ExpandLabel("key", absl::MakeSpan(key, key_bytes)) &&
      ExpandLabel("iv", absl::MakeSpan(iv_)) &&
      EVP_AEAD_CTX_init(context_.get(), algorithm_, key, key_bytes, kRecordTagBytes, nullptr) == 1;
  OPENSSL_cleanse(key, sizeof(key));
  return made;
}

bool TrafficKey::Update() {
  uint8_t next[kMaxSecretBytes];
  if (!ExpandLabel("traffic upd", absl::MakeSpan(next, secret_bytes_))) return false;
  std::memcpy(secret_, next, secret_bytes_);
  OPENSSL_cleanse(next, sizeof(next));
  sequence_ = 0;
  return Derive();
}

void TrafficKey::Nonce(uint8_t (&nonce)[kNonceBytes]) const {
  std::memcpy(nonce, iv_, sizeof(nonce));
  for (size_t i = 0; i < sizeof(sequence_); ++i) {
    nonce[kNonceBytes - 1 - i] ^= static_cast<uint8_t>(sequence_ >> (8 * i));
  }
}

size_t TrafficKey::Seal(ContentType type, absl::string_view data, char* out) {
  auto* bytes = reinterpret_cast<uint8_t*>(out);
  const auto type_byte = static_cast<uint8_t>(type);
  WriteHeader(data.size() + 1 + kRecordTagBytes, bytes);
  uint8_t nonce[kNonceBytes];
  Nonce(nonce);
  size_t tail_bytes = 0;
  uint8_t* const body = bytes + kRecordHeaderBytes;
  if (EVP_AEAD_CTX_seal_scatter(context_.get(), body, body + data.size(), &tail_bytes,
                                1 + kRecordTagBytes, nonce, sizeof(nonce),
                                reinterpret_cast<const uint8_t*>(data.data()), data.size(),
                                &type_byte, 1, bytes, kRecordHeaderBytes) != 1) {
    return 0;
  }
  ++sequence_;
  return kRecordHeaderBytes + data.size() + tail_bytes;
}

bool TrafficKey::Open(absl::string_view record, char* out, Opened* opened) {
  if (record.size() < kSealOverhead) return false;
  const auto* header = reinterpret_cast<const uint8_t*>(record.data());
  const uint8_t* body = header + kRecordHeaderBytes;
  const size_t inner_bytes = record.size() - kRecordHeaderBytes - kRecordTagBytes;
  uint8_t nonce[kNonceBytes];
  Nonce(nonce);
  auto* inner = reinterpret_cast<uint8_t*>(out);
  if (EVP_AEAD_CTX_open_gather(context_.get(), inner, nonce, sizeof(nonce), body, inner_bytes,
                               body + inner_bytes, kRecordTagBytes, header,
                               kRecordHeaderBytes) != 1) {
    return false;
  }
  ++sequence_;
  // Section 5.4: zeros pad behind the content type.
  size_t size = inner_bytes;
  while (size > 0 && inner[size - 1] == 0) --size;
  if (size == 0) return false;
  opened->type = inner[size - 1];
  opened->size = size - 1;
  return true;
}

}  // namespace gossamer::tls
