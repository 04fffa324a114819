#include "lib/tls/context.h"

#include <openssl/err.h>
#include <openssl/pool.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/status/status_macros.h"
#include "lib/tls/tls_stream.h"

namespace gossamer::tls {
namespace {

// Best first. ML-KEM hybrids are not in this BoringSSL.
constexpr char kGroups[] = "X25519:P-256:P-384";

absl::Status CryptoError(absl::string_view what) {
  const uint32_t error = ERR_get_error();
  const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  ERR_clear_error();
  return absl::InternalError(
      absl::StrCat("TLS: ", what, reason == nullptr ? "" : ": ", reason == nullptr ? "" : reason));
}

}  // namespace

Context::Context(bssl::UniquePtr<SSL_CTX> ctx, const ContextOptions& options)
    : ctx_(std::move(ctx)), role_(options.role), verify_(options.verify), usable_(options.usable) {}

absl::StatusOr<std::shared_ptr<const Context>> Context::Create(const ContextOptions& options) {
  // The method without crypto/x509: peers' chains stay plain buffers, which saves memory and time.
  bssl::UniquePtr<SSL_CTX> ctx(SSL_CTX_new(TLS_with_buffers_method()));
  if (ctx == nullptr) return CryptoError("create a context");
  std::shared_ptr<Context> context(new Context(std::move(ctx), options));
  GOSSAMER_RETURN_IF_ERROR(context->Configure(options));
  return std::shared_ptr<const Context>(std::move(context));
}

absl::Status Context::Configure(const ContextOptions& options) {
  SSL_CTX* ctx = ctx_.get();
  if (!SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) ||
      !SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) ||
      !SSL_CTX_set1_curves_list(ctx, kGroups)) {
    return CryptoError("set the protocol version and groups");
  }
  SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // On a server, SSL_VERIFY_PEER asks for a certificate and accepts a client without one.
  SSL_CTX_set_custom_verify(ctx, SSL_VERIFY_PEER, &TlsStream::VerifyPeer);

  for (const std::string& protocol : options.alpn) {
    if (protocol.empty() || protocol.size() > 255) {
      return absl::InvalidArgumentError(absl::StrCat("ALPN protocol '", protocol, "'"));
    }
    alpn_.push_back(static_cast<char>(protocol.size()));
    alpn_ += protocol;
  }
  if (!alpn_.empty()) {
    if (role_ == Role::kServer) {
      SSL_CTX_set_alpn_select_cb(ctx, &SelectAlpn, this);
    } else if (SSL_CTX_set_alpn_protos(ctx, reinterpret_cast<const uint8_t*>(alpn_.data()),
                                       alpn_.size()) != 0) {
      return CryptoError("set ALPN");
    }
  }

  if (options.chain.empty()) {
    if (role_ == Role::kServer) return absl::InvalidArgumentError("TLS server without certificate");
    return absl::OkStatus();
  }
  std::vector<bssl::UniquePtr<CRYPTO_BUFFER>> owned;
  std::vector<CRYPTO_BUFFER*> chain;
  for (const std::string& der : options.chain) {
    owned.emplace_back(
        CRYPTO_BUFFER_new(reinterpret_cast<const uint8_t*>(der.data()), der.size(), nullptr));
    chain.push_back(owned.back().get());
  }
  if (!SSL_CTX_set_chain_and_key(ctx, chain.data(), chain.size(), options.key, nullptr)) {
    return CryptoError("use the certificate and its key");
  }
  return absl::OkStatus();
}

int Context::SelectAlpn(SSL*, const uint8_t** out, uint8_t* out_len, const uint8_t* in,
                        unsigned in_len, void* self) {
  const std::string& mine = static_cast<Context*>(self)->alpn_;
  uint8_t* selected = nullptr;
  if (SSL_select_next_proto(&selected, out_len, reinterpret_cast<const uint8_t*>(mine.data()),
                            static_cast<unsigned>(mine.size()), in,
                            in_len) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace gossamer::tls
