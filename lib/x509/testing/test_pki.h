#ifndef LIB_X509_TESTING_TEST_PKI_H_
#define LIB_X509_TESTING_TEST_PKI_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/x509/certificate.h"
#include "lib/x509/certificate_builder.h"
#include "lib/x509/keys.h"
#include "lib/x509/trust_anchors.h"

// A public key infrastructure for tests, made in memory. It aborts the test where the library
// fails: tests that look for failures call the library itself.
namespace gossamer::x509::testing {

// The moment around which everything here is valid, for tests with a clock of their own.
absl::Time TestNow();

struct TestLeaf {
  PrivateKey key;
  Certificate certificate;
};

// A certificate authority: a root, or an intermediate that another one has signed.
class TestCa {
 public:
  // A root valid from a day before `now` to a year after.
  explicit TestCa(absl::string_view common_name = "root.test", absl::Time now = TestNow(),
                  KeyType key_type = KeyType::kEcdsaP256);
  TestCa(PrivateKey key, Certificate certificate);

  // An intermediate, valid as long as this authority.
  TestCa Intermediate(absl::string_view common_name, KeyType key_type = KeyType::kEcdsaP256) const;

  // A leaf for this DNS name, valid from an hour before `now` to a day after.
  TestLeaf Issue(absl::string_view dns_name, absl::Time now = TestNow()) const;
  // A certificate as specified.
  Certificate Sign(const CertificateSpec& spec, const PublicKey& key) const;

  const PrivateKey& key() const { return key_; }
  const Certificate& certificate() const { return certificate_; }
  std::string Pem() const { return certificate_.Pem(); }
  TrustAnchors Anchors() const;  // This authority alone.

 private:
  PrivateKey key_;
  Certificate certificate_;
};

// The spec that TestCa::Issue uses.
CertificateSpec LeafSpec(absl::string_view dns_name, absl::Time now = TestNow());
// The spec of a root or an intermediate.
CertificateSpec CaSpec(absl::string_view common_name, absl::Time now = TestNow());

}  // namespace gossamer::x509::testing

#endif  // LIB_X509_TESTING_TEST_PKI_H_
