#include "lib/x509/trust_anchors.h"

#include <openssl/evp.h>
#include <openssl/nid.h>
#include <openssl/obj.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "lib/status/annotate.h"
#include "lib/status/status_macros.h"
#include "lib/x509/errors.h"
#include "lib/x509/names.h"
#include "lib/x509/pem.h"

namespace gossamer::x509 {
namespace {

constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;  // Beyond this, verifying is a way to keep us busy.
constexpr size_t kMaxNamesInMessage = 8;

// A peer's certificates as BoringSSL wants them.
struct ParsedChain {
  bssl::UniquePtr<X509> leaf;
  bssl::UniquePtr<STACK_OF(X509)> others;
};

// Why one anchor did not verify a chain, and how far it got: of several anchors' answers, the one
// that got farthest is what the operator wants to read.
struct Failure {
  enum class Rank { kNone, kNoIssuer, kOther };
  Rank rank = Rank::kNone;
  std::string message;
};

absl::Status Unauthenticated(absl::string_view message) {
  return absl::UnauthenticatedError(message);
}

bool IsAcceptableSignature(int nid) {
  switch (nid) {
    case NID_ecdsa_with_SHA256:
    case NID_ecdsa_with_SHA384:
    case NID_ecdsa_with_SHA512:
    case NID_sha256WithRSAEncryption:
    case NID_sha384WithRSAEncryption:
    case NID_sha512WithRSAEncryption:
    case NID_ED25519:
      return true;
    default:
      return false;
  }
}

bool IsAcceptableKey(EVP_PKEY* key) {
  const PublicKey wrapped(bssl::UpRef(key));
  if (wrapped.type() != KeyType::kRsa) return wrapped.type() != KeyType::kOther;
  return wrapped.bits() >= kMinRsaBits && wrapped.bits() <= kMaxRsaBits;
}

absl::Time ReadTime(const ASN1_TIME* time) {
  int64_t seconds = 0;
  // Verification has read the same field by now; should it not parse, nothing is valid.
  return ASN1_TIME_to_posix(time, &seconds) ? absl::FromUnixSeconds(seconds) : absl::InfinitePast();
}

// The subject, or where it is empty, as with identities that are too long for a common name, the
// first alternative name.
std::string NameOf(const X509* x509) {
  const std::string subject = ReadName(X509_get_subject_name(x509));
  if (!subject.empty()) return subject;
  const bssl::UniquePtr<GENERAL_NAMES> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(x509, NID_subject_alt_name, /*out_critical=*/nullptr, /*out_idx=*/nullptr)));
  const std::vector<SubjectAltName> all = ReadSubjectAltNames(names.get());
  if (all.empty()) return "without a name";
  return absl::StrCat(SubjectAltNameKind(all.front().kind), ":",
                      absl::CHexEscape(all.front().value));
}

std::string Describe(const X509* x509, int depth) {
  const absl::string_view place = depth == 0 ? "certificate " : "issuing certificate ";
  return absl::StrCat(place, NameOf(x509));
}

// How long ago or ahead, in units that a person reads at a glance.
std::string Rounded(absl::Duration duration) {
  const absl::Duration unit = duration >= absl::Hours(48) ? absl::Hours(1) : absl::Seconds(1);
  return absl::FormatDuration(absl::Trunc(duration, unit));
}

std::string DescribeTime(const X509* x509, int error, absl::Time now) {
  if (error == X509_V_ERR_CERT_HAS_EXPIRED) {
    const absl::Time end = ReadTime(X509_get0_notAfter(x509));
    return absl::StrCat("expired at ", FormatUtc(end), ", ", Rounded(now - end), " ago; it is ",
                        FormatUtc(now), " here");
  }
  const absl::Time begin = ReadTime(X509_get0_notBefore(x509));
  return absl::StrCat("is not valid before ", FormatUtc(begin), ", in ", Rounded(begin - now),
                      "; it is ", FormatUtc(now), " here (do the clocks agree?)");
}

std::string DescribeError(X509_STORE_CTX* context, absl::Time now) {
  const int error = X509_STORE_CTX_get_error(context);
  const X509* at = X509_STORE_CTX_get_current_cert(context);
  if (at == nullptr) return X509_verify_cert_error_string(error);
  const std::string which = Describe(at, X509_STORE_CTX_get_error_depth(context));
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return absl::StrCat(which, " ", DescribeTime(at, error, now));
    case X509_V_ERR_INVALID_CA:
      return absl::StrCat(which, " is not a certificate authority, yet signed another");
    case X509_V_ERR_INVALID_PURPOSE:
      return absl::StrCat(which, " may not be used for this side of a TLS connection");
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return absl::StrCat(which, " was not signed by ", ReadName(X509_get_issuer_name(at)),
                          " as this side knows it");
    default:
      return absl::StrCat(which, ": ", X509_verify_cert_error_string(error));
  }
}

bool IsNoIssuer(int error) {
  return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
         error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
         error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
         error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
         error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
}

Failure DescribeFailure(X509_STORE_CTX* context, absl::Time now) {
  const int error = X509_STORE_CTX_get_error(context);
  if (!IsNoIssuer(error)) return {Failure::Rank::kOther, DescribeError(context, now)};
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context);
  const size_t length = chain == nullptr ? 0 : sk_X509_num(chain);
  if (length == 0) return {Failure::Rank::kNoIssuer, X509_verify_cert_error_string(error)};
  const X509* last = sk_X509_value(chain, length - 1);
  return {Failure::Rank::kNoIssuer,
          absl::StrCat(Describe(last, static_cast<int>(length) - 1), ", issued by ",
                       ReadName(X509_get_issuer_name(last)),
                       ", leads to none of this side's trust anchors")};
}

// BoringSSL accepts more than the mesh's other proxies do. The anchor's own signature proves
// nothing and is not looked at.
absl::Status CheckAlgorithms(const STACK_OF(X509) * chain) {
  for (size_t i = 0; i < sk_X509_num(chain); ++i) {
    X509* x509 = sk_X509_value(chain, i);
    const bool is_anchor = i + 1 == sk_X509_num(chain);
    const int depth = static_cast<int>(i);
    if (!is_anchor && !IsAcceptableSignature(X509_get_signature_nid(x509))) {
      return Unauthenticated(absl::StrCat(Describe(x509, depth), " is signed with ",
                                          OBJ_nid2sn(X509_get_signature_nid(x509)),
                                          ": ECDSA, RSA PKCS#1 or Ed25519 over SHA-2 is wanted"));
    }
    const bssl::UniquePtr<EVP_PKEY> key(X509_get_pubkey(x509));
    if (!key || !IsAcceptableKey(key.get())) {
      return Unauthenticated(
          absl::StrCat(Describe(x509, depth), " has a key of a type or size that is not accepted"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<ParsedChain> Parse(absl::Span<const absl::string_view> ders) {
  ParsedChain chain{nullptr, bssl::UniquePtr<STACK_OF(X509)>(sk_X509_new_null())};
  for (const absl::string_view der : ders) {
    const auto* in = reinterpret_cast<const uint8_t*>(der.data());
    bssl::UniquePtr<X509> x509(der.size() > kMaxCertificateBytes
                                   ? nullptr
                                   : d2i_X509(nullptr, &in, static_cast<long>(der.size())));
    if (!x509) {
      return absl::InvalidArgumentError("one of the peer's issuing certificates is malformed");
    }
    if (!chain.leaf) {
      chain.leaf = std::move(x509);
    } else if (!chain.others || !bssl::PushToStack(chain.others.get(), std::move(x509))) {
      return absl::InternalError("out of memory");
    }
  }
  return chain;
}

// The chain from leaf to anchor that verifies against the one anchor of `store`, or null and why
// not.
bssl::UniquePtr<STACK_OF(X509)> VerifyAgainst(X509_STORE* store, const ParsedChain& chain,
                                              PeerRole role, absl::Time now, Failure* failure) {
  bssl::UniquePtr<X509_STORE_CTX> context(X509_STORE_CTX_new());
  if (!context ||
      !X509_STORE_CTX_init(context.get(), store, chain.leaf.get(), chain.others.get()) ||
      !X509_STORE_CTX_set_purpose(context.get(), role == PeerRole::kServer
                                                     ? X509_PURPOSE_SSL_SERVER
                                                     : X509_PURPOSE_SSL_CLIENT)) {
    *failure = {Failure::Rank::kOther, "out of memory"};
    return nullptr;
  }
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_depth(parameters, kMaxChainLength);
  X509_VERIFY_PARAM_set_time_posix(parameters, absl::ToUnixSeconds(now));
  // An anchor need not be self-signed, and is preferred over the same certificate from the peer.
  X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
  if (X509_verify_cert(context.get()) != 1) {
    *failure = DescribeFailure(context.get(), now);
    return nullptr;
  }
  bssl::UniquePtr<STACK_OF(X509)> verified(X509_STORE_CTX_get1_chain(context.get()));
  // With a partial chain an anchor would vouch for itself: an authority's certificate is no peer's.
  if (!verified || sk_X509_num(verified.get()) < 2) {
    *failure = {Failure::Rank::kOther, absl::StrCat(Describe(chain.leaf.get(), 0),
                                                    " is itself a trust anchor, not a peer's")};
    return nullptr;
  }
  return verified;
}

VerifiedPeer MakePeer(Certificate leaf, const STACK_OF(X509) * chain) {
  VerifiedPeer peer{std::move(leaf), absl::InfinitePast(), absl::InfiniteFuture()};
  for (size_t i = 0; i < sk_X509_num(chain); ++i) {
    const X509* x509 = sk_X509_value(chain, i);
    peer.valid_from = std::max(peer.valid_from, ReadTime(X509_get0_notBefore(x509)));
    peer.valid_until = std::min(peer.valid_until, ReadTime(X509_get0_notAfter(x509)));
  }
  return peer;
}

}  // namespace

absl::Status VerifiedPeer::CheckId(const Id& id) const {
  if (leaf.HasId(id)) return absl::OkStatus();
  std::vector<std::string> held;
  for (const SubjectAltName& name : leaf.subject_alt_names()) {
    if (held.size() == kMaxNamesInMessage) break;
    held.push_back(absl::StrCat(SubjectAltNameKind(name.kind), ":", absl::CHexEscape(name.value)));
  }
  return absl::PermissionDeniedError(
      absl::StrCat("certificate does not match TLS identity ", id.value(), ": it is for ",
                   held.empty() ? "no name" : absl::StrJoin(held, ", ")));
}

absl::StatusOr<TrustAnchors> TrustAnchors::FromPem(absl::string_view pem,
                                                   std::vector<std::string>* warnings) {
  GOSSAMER_ASSIGN_OR_RETURN(const std::vector<PemBlock> blocks, ParsePem(pem));
  TrustAnchors anchors;
  for (const PemBlock& block : blocks) {
    absl::Status status = block.der.status();
    if (block.label != kPemCertificate) {
      status = absl::InvalidArgumentError(
          absl::StrCat("a ", absl::CHexEscape(block.label), " is no certificate"));
    } else if (block.der.ok()) {
      absl::StatusOr<Certificate> certificate = Certificate::FromDer(*block.der);
      status = certificate.ok() ? anchors.Add(*std::move(certificate)) : certificate.status();
    }
    if (!status.ok() && warnings != nullptr) {
      warnings->push_back(
          absl::StrCat("trust anchor at line ", block.line, " left out: ", status.message()));
    }
  }
  if (anchors.certificates_.empty()) {
    return absl::InvalidArgumentError(
        blocks.empty() ? "trust anchors: no PEM block of the kind CERTIFICATE"
                       : "trust anchors: none of the PEM blocks is a usable authority certificate");
  }
  return anchors;
}

absl::Status TrustAnchors::Add(Certificate certificate) {
  if (!certificate.is_ca()) {
    return absl::InvalidArgumentError(
        absl::StrCat(certificate.subject(), " is not a certificate authority"));
  }
  for (const Certificate& known : certificates_) {
    if (known.der() == certificate.der()) return absl::OkStatus();
  }
  ScopedErrorQueue errors;
  bssl::UniquePtr<X509_STORE> store(X509_STORE_new());
  const bssl::UniquePtr<X509> x509 = certificate.ToX509();
  if (!store || !x509 || !X509_STORE_add_cert(store.get(), x509.get())) {
    return absl::InternalError(absl::StrCat(certificate.subject(), " cannot be stored"));
  }
  const auto place = std::find_if(
      certificates_.begin(), certificates_.end(),
      [&](const Certificate& known) { return known.not_after() < certificate.not_after(); });
  stores_.insert(stores_.begin() + (place - certificates_.begin()), std::move(store));
  certificates_.insert(place, std::move(certificate));
  return absl::OkStatus();
}

absl::StatusOr<VerifiedPeer> TrustAnchors::VerifyChain(absl::Span<const absl::string_view> ders,
                                                       PeerRole role, absl::Time now) const {
  ScopedErrorQueue errors;
  if (ders.empty()) return Unauthenticated("the peer has sent no certificate");
  if (ders.size() > kMaxChainLength) {
    return absl::InvalidArgumentError(absl::StrCat("the peer has sent ", ders.size(),
                                                   " certificates, at most ", kMaxChainLength,
                                                   " are read"));
  }
  absl::StatusOr<Certificate> leaf = Certificate::FromDer(ders.front());
  if (!leaf.ok()) return Annotate(leaf.status(), "the peer's certificate");
  GOSSAMER_ASSIGN_OR_RETURN(const ParsedChain chain, Parse(ders));

  Failure best;
  for (const bssl::UniquePtr<X509_STORE>& store : stores_) {
    Failure failure;
    const bssl::UniquePtr<STACK_OF(X509)> verified =
        VerifyAgainst(store.get(), chain, role, now, &failure);
    if (verified) {
      GOSSAMER_RETURN_IF_ERROR(CheckAlgorithms(verified.get()));
      return MakePeer(*std::move(leaf), verified.get());
    }
    if (failure.rank > best.rank) best = std::move(failure);
  }
  return Unauthenticated(best.message);
}

absl::StatusOr<VerifiedPeer> TrustAnchors::VerifyChain(const STACK_OF(CRYPTO_BUFFER) * ders,
                                                       PeerRole role, absl::Time now) const {
  std::vector<absl::string_view> views;
  for (size_t i = 0; ders != nullptr && i < sk_CRYPTO_BUFFER_num(ders); ++i) {
    const CRYPTO_BUFFER* buffer = sk_CRYPTO_BUFFER_value(ders, i);
    views.emplace_back(reinterpret_cast<const char*>(CRYPTO_BUFFER_data(buffer)),
                       CRYPTO_BUFFER_len(buffer));
  }
  return VerifyChain(views, role, now);
}

absl::StatusOr<VerifiedPeer> TrustAnchors::VerifyChain(absl::Span<const Certificate> chain,
                                                       PeerRole role, absl::Time now) const {
  std::vector<absl::string_view> views;
  for (const Certificate& certificate : chain) views.push_back(certificate.der());
  return VerifyChain(views, role, now);
}

bool operator==(const TrustAnchors& a, const TrustAnchors& b) {
  const auto fingerprints = [](const TrustAnchors& anchors) {
    std::vector<std::string> result;
    for (const Certificate& certificate : anchors.certificates_) {
      result.push_back(certificate.Fingerprint());
    }
    std::sort(result.begin(), result.end());
    return result;
  };
  return fingerprints(a) == fingerprints(b);
}

}  // namespace gossamer::x509
