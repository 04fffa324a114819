// Reads the input as a certificate, and as a chain of two that a peer has sent. An authority with a
// key that nobody else has vouches for none of it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "lib/x509/certificate.h"
#include "lib/x509/certificate_builder.h"
#include "lib/x509/trust_anchors.h"

using gossamer::x509::Certificate;
using gossamer::x509::PeerRole;
using gossamer::x509::TrustAnchors;

namespace {

const absl::Time kNow = absl::FromUnixSeconds(1800000000);

const TrustAnchors& Anchors() {
  static const auto* const anchors = [] {
    gossamer::x509::CertificateSpec spec;
    spec.common_name = "root.test";  // The name of the corpus' authority.
    spec.not_before = kNow - absl::Hours(1);
    spec.not_after = kNow + absl::Hours(1);
    spec.is_ca = true;
    const Certificate root =
        SelfSignCertificate(spec, gossamer::x509::PrivateKey::GenerateEcdsaP256()).value();
    return new TrustAnchors(TrustAnchors::FromPem(root.Pem(), nullptr).value());
  }();
  return *anchors;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view der(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<Certificate> certificate = Certificate::FromDer(der);
  if (certificate.ok()) {
    if (certificate->der() != der) abort();
    certificate->FirstId().status().IgnoreError();
  }
  const absl::string_view whole[] = {der};
  const absl::string_view halves[] = {der.substr(0, size / 2), der.substr(size / 2)};
  if (Anchors().VerifyChain(whole, PeerRole::kServer, kNow).ok() ||
      Anchors().VerifyChain(halves, PeerRole::kClient, kNow).ok()) {
    abort();
  }
  return 0;
}
