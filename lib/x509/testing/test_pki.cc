#include "lib/x509/testing/test_pki.h"

#include <utility>

namespace gossamer::x509::testing {

absl::Time TestNow() { return absl::FromUnixSeconds(1800000000); }

CertificateSpec LeafSpec(absl::string_view dns_name, absl::Time now) {
  CertificateSpec spec;
  spec.common_name = std::string(dns_name);
  spec.names = {{SubjectAltName::Kind::kDns, std::string(dns_name)}};
  spec.not_before = now - absl::Hours(1);
  spec.not_after = now + absl::Hours(24);
  return spec;
}

CertificateSpec CaSpec(absl::string_view common_name, absl::Time now) {
  CertificateSpec spec;
  spec.common_name = std::string(common_name);
  spec.not_before = now - absl::Hours(24);
  spec.not_after = now + 365 * absl::Hours(24);
  spec.is_ca = true;
  return spec;
}

namespace {

TestCa MakeRoot(absl::string_view common_name, absl::Time now, KeyType key_type) {
  PrivateKey key = PrivateKey::Generate(key_type);
  Certificate certificate = SelfSignCertificate(CaSpec(common_name, now), key).value();
  return TestCa(std::move(key), std::move(certificate));
}

}  // namespace

TestCa::TestCa(absl::string_view common_name, absl::Time now, KeyType key_type)
    : TestCa(MakeRoot(common_name, now, key_type)) {}

TestCa::TestCa(PrivateKey key, Certificate certificate)
    : key_(std::move(key)), certificate_(std::move(certificate)) {}

TestCa TestCa::Intermediate(absl::string_view common_name, KeyType key_type) const {
  CertificateSpec spec = CaSpec(common_name);
  spec.not_before = certificate_.not_before();
  spec.not_after = certificate_.not_after();
  PrivateKey key = PrivateKey::Generate(key_type);
  Certificate certificate = Sign(spec, key.public_key());
  return TestCa(std::move(key), std::move(certificate));
}

TestLeaf TestCa::Issue(absl::string_view dns_name, absl::Time now) const {
  PrivateKey key = PrivateKey::GenerateEcdsaP256();
  Certificate certificate = Sign(LeafSpec(dns_name, now), key.public_key());
  return {std::move(key), std::move(certificate)};
}

Certificate TestCa::Sign(const CertificateSpec& spec, const PublicKey& key) const {
  return SignCertificate(spec, key, certificate_, key_).value();
}

TrustAnchors TestCa::Anchors() const { return TrustAnchors::FromPem(Pem(), nullptr).value(); }

}  // namespace gossamer::x509::testing
