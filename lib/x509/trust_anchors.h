#ifndef LIB_X509_TRUST_ANCHORS_H_
#define LIB_X509_TRUST_ANCHORS_H_

#include <openssl/pool.h>
#include <openssl/x509.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "lib/x509/certificate.h"
#include "lib/x509/id.h"

namespace gossamer::x509 {

// The most certificates that a peer may send, and the longest chain that is followed.
inline constexpr size_t kMaxChainLength = 10;

// What the verified certificate will be used for; its extended key usage must allow it.
enum class PeerRole { kServer, kClient };

// A peer whose chain was verified: the names that it may go by.
struct VerifiedPeer {
  Certificate leaf;
  // The time in which every certificate of the chain is valid, the trust anchor's included.
  absl::Time valid_from;
  absl::Time valid_until;

  // PermissionDenied, listing the names that it does have, unless the peer's certificate was issued
  // for exactly `id`.
  absl::Status CheckId(const Id& id) const;
};

// The roots that this process trusts, and the check of a peer's chain against them.
//
// Immutable once created, and safe to use from any thread; share it as a
// std::shared_ptr<const TrustAnchors> and replace it whole. A chain is verified without network or
// clock: the caller says what time it is. Costs one signature check a certificate and keeps
// nothing.
class TrustAnchors {
 public:
  // From a PEM bundle. A block that is no certificate, does not parse or is no certificate
  // authority is left out, and a sentence about it is appended to `warnings` (null where nobody
  // wants them). The same certificate twice counts once. InvalidArgument where nothing usable is
  // left, or where the text is no PEM at all. Expired anchors are kept: the clock decides when a
  // chain is verified.
  static absl::StatusOr<TrustAnchors> FromPem(absl::string_view pem,
                                              std::vector<std::string>* warnings);

  TrustAnchors(TrustAnchors&&) = default;
  TrustAnchors& operator=(TrustAnchors&&) = default;

  // Verifies the chain that a peer has sent, leaf first, the trust anchor optional: signatures,
  // validity at `now` of every certificate and the anchor, authority bits, path lengths, name
  // constraints, usages. Certificates that do not belong to the chain are ignored. Accepts
  // ECDSA (P-256, P-384, P-521), Ed25519 and RSA PKCS#1 (2048 bits and more) signatures over SHA-2.
  //
  // Unauthenticated where the chain leads to no anchor or breaks a rule; the message names the
  // certificate, what is wrong with it, and for times both its validity and `now`. InvalidArgument
  // where a certificate does not parse. Who the peer is remains to be asked: see
  // VerifiedPeer::CheckId and Certificate::FirstId.
  absl::StatusOr<VerifiedPeer> VerifyChain(absl::Span<const absl::string_view> ders, PeerRole role,
                                           absl::Time now) const;
  // The same for what SSL_get0_peer_certificates returns; null counts as empty.
  absl::StatusOr<VerifiedPeer> VerifyChain(const STACK_OF(CRYPTO_BUFFER) * ders, PeerRole role,
                                           absl::Time now) const;
  absl::StatusOr<VerifiedPeer> VerifyChain(absl::Span<const Certificate> chain, PeerRole role,
                                           absl::Time now) const;

  // Latest expiry first.
  const std::vector<Certificate>& certificates() const { return certificates_; }

  // Equal where the certificates are the same, in whatever order their bundles had them.
  friend bool operator==(const TrustAnchors& a, const TrustAnchors& b);
  friend bool operator!=(const TrustAnchors& a, const TrustAnchors& b) { return !(a == b); }

 private:
  TrustAnchors() = default;

  absl::Status Add(Certificate certificate);

  // One store an anchor, beside its certificate: BoringSSL follows only the first issuer whose name
  // fits, and a renewed root often shares its name and key with the one it replaces.
  std::vector<Certificate> certificates_;
  std::vector<bssl::UniquePtr<X509_STORE>> stores_;
};

}  // namespace gossamer::x509

#endif  // LIB_X509_TRUST_ANCHORS_H_
