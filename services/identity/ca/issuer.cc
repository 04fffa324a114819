#include "services/identity/ca/issuer.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/status/annotate.h"
#include "lib/status/status_macros.h"
#include "lib/x509/certificate_builder.h"
#include "lib/x509/names.h"

namespace gossamer::identity {
namespace {

x509::SubjectAltName DnsName(const std::string& name) {
  return {x509::SubjectAltName::Kind::kDns, name};
}

}  // namespace

absl::StatusOr<Issuer> Issuer::Load(absl::string_view chain_pem, absl::string_view key_pem,
                                    const x509::TrustAnchors& anchors, absl::Time now) {
  absl::StatusOr<std::vector<x509::Certificate>> chain = x509::Certificate::ChainFromPem(chain_pem);
  if (!chain.ok()) return Annotate(chain.status(), "issuer certificate");
  absl::StatusOr<x509::PrivateKey> key = x509::PrivateKey::FromPem(key_pem);
  if (!key.ok()) return Annotate(key.status(), "issuer key");
  Issuer issuer(*std::move(chain), *std::move(key));
  for (const x509::Certificate& certificate : issuer.chain_) {
    const bool is_anchor =
        absl::c_any_of(anchors.certificates(), [&certificate](const x509::Certificate& anchor) {
          return anchor.der() == certificate.der();
        });
    if (!is_anchor) issuer.intermediates_.push_back(certificate.der());
  }
  GOSSAMER_RETURN_IF_ERROR(issuer.Prove(anchors, now));
  return issuer;
}

// Signs a throw-away certificate and verifies it the way a proxy will: nothing else covers each
// rule (path lengths, name constraints, usages, algorithms) that could make every certificate
// useless.
absl::Status Issuer::Prove(const x509::TrustAnchors& anchors, absl::Time now) {
  const x509::PrivateKey key = x509::PrivateKey::GenerateEcdsaP256();
  x509::CertificateSpec spec;
  spec.common_name = "probe";
  spec.not_before = certificate().not_before();
  spec.not_after = certificate().not_after();
  GOSSAMER_ASSIGN_OR_RETURN(x509::Certificate probe,
                            x509::SignCertificate(spec, key.public_key(), certificate(), key_));
  std::vector<absl::string_view> ders = {probe.der()};
  ders.insert(ders.end(), intermediates_.begin(), intermediates_.end());
  for (const x509::PeerRole role : {x509::PeerRole::kServer, x509::PeerRole::kClient}) {
    const absl::StatusOr<x509::VerifiedPeer> peer = anchors.VerifyChain(ders, role, now);
    if (!peer.ok()) {
      return absl::FailedPreconditionError(
          absl::StrCat("issuer ", certificate().subject(),
                       ": its certificates would not verify against the trust anchors: ",
                       peer.status().message()));
    }
    valid_from_ = peer->valid_from;
    valid_until_ = peer->valid_until;
  }
  return absl::OkStatus();
}

absl::Status Issuer::CheckValid(absl::Time now) const {
  if (now >= valid_from_ && now < valid_until_) return absl::OkStatus();
  return absl::UnknownError(absl::StrCat(
      "issuer ", certificate().subject(), " is valid from ", x509::FormatUtc(valid_from_), " to ",
      x509::FormatUtc(valid_until_), "; it is ", x509::FormatUtc(now), " here"));
}

absl::StatusOr<IssuedCertificate> Issuer::Issue(const std::string& identity,
                                                const x509::CertificateRequest& request,
                                                const Validity& validity, absl::Time now) const {
  GOSSAMER_RETURN_IF_ERROR(CheckValid(now));
  x509::CertificateSpec spec;
  // Clients put an identity that is too long for a common name there all the same; the DNS name is
  // what counts.
  if (!request.common_names().empty() && identity.size() <= x509::kMaxCommonNameLength) {
    spec.common_name = request.common_names().front();
  }
  spec.names = {DnsName(identity)};
  spec.not_before = now - validity.clock_skew;
  spec.not_after = std::min(now + validity.lifetime + validity.clock_skew, valid_until_);
  absl::StatusOr<x509::Certificate> leaf =
      x509::SignCertificate(spec, request.public_key(), certificate(), key_);
  if (!leaf.ok()) return absl::InternalError(absl::StrCat("not signed: ", leaf.status().message()));
  return IssuedCertificate{*std::move(leaf), intermediates_};
}

}  // namespace gossamer::identity
