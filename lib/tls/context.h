#ifndef LIB_TLS_CONTEXT_H_
#define LIB_TLS_CONTEXT_H_

#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace gossamer::tls {

// Judges a peer's certificates (DER, leaf first). With `expected_id`, the leaf must name exactly
// that; without, the result is the id by which the peer is known, empty where it has none.
// Called on any thread.
using ChainVerifier = std::function<absl::StatusOr<std::string>(
    absl::Span<const absl::string_view> chain, absl::string_view expected_id)>;

enum class Role { kClient, kServer };

struct ContextOptions {
  Role role = Role::kServer;
  // Own certificates, DER, leaf first. Empty only for a client that presents none.
  std::vector<std::string> chain;
  // The leaf's key. The context takes a reference of its own.
  EVP_PKEY* key = nullptr;
  ChainVerifier verify;
  // Whether connections may be begun now with these certificates; the error says why not. Null for
  // always. Called on any thread.
  std::function<absl::Status()> usable;
  // A server selects the first of these that the client offers, and no protocol where there is
  // none in common; a client offers them all. Often empty: the mesh finds protocols by looking.
  std::vector<std::string> alpn;
};

// Everything that the TLS connections of one role share at one time: mesh TLS is TLS 1.3 alone,
// without session resumption, both sides with certificates (a server asks, and lets a client
// without one in: what such a client may do is for policy to say).
//
// Immutable and thread-safe. A rotated certificate makes a new context; connections made with the
// old one keep it and live on.
class Context {
 public:
  static absl::StatusOr<std::shared_ptr<const Context>> Create(const ContextOptions& options);

  SSL_CTX* get() const { return ctx_.get(); }
  Role role() const { return role_; }
  const ChainVerifier& verify() const { return verify_; }
  // See ContextOptions::usable. Who begins a connection asks; who is called leaves the judgement to
  // the peer.
  absl::Status CheckUsable() const { return usable_ == nullptr ? absl::OkStatus() : usable_(); }

 private:
  Context(bssl::UniquePtr<SSL_CTX> ctx, const ContextOptions& options);

  absl::Status Configure(const ContextOptions& options);
  static int SelectAlpn(SSL* ssl, const uint8_t** out, uint8_t* out_len, const uint8_t* in,
                        unsigned in_len, void* self);

  bssl::UniquePtr<SSL_CTX> ctx_;
  const Role role_;
  const ChainVerifier verify_;
  const std::function<absl::Status()> usable_;
  std::string alpn_;  // In wire form: each protocol after its length.
};

}  // namespace gossamer::tls

#endif  // LIB_TLS_CONTEXT_H_
