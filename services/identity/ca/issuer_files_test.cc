#include "services/identity/ca/issuer_files.h"

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"
#include "lib/x509/certificate_builder.h"
#include "lib/x509/testing/test_pki.h"
#include "services/identity/files/files.h"

namespace gossamer::identity {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
using x509::testing::CaSpec;
using x509::testing::LeafSpec;
using x509::testing::TestCa;
using x509::testing::TestNow;

// The folder looks as Kubernetes mounts a secret: the files are symlinks into `..data`, itself a
// symlink that is swapped.
class IssuerFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string folder = absl::StrCat(::testing::TempDir(), "/issuer_files_test.XXXXXX");
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    ASSERT_OK(WriteFileAtomically(folder_ + "/roots.crt", root_.Pem(), kPublicFileMode));
    for (const char* name : {"tls.crt", "tls.key"}) {
      fs::create_symlink(absl::StrCat("..data/", name), absl::StrCat(folder_, "/", name));
    }
  }
  void TearDown() override { fs::remove_all(folder_); }

  void Swap(const std::string& certificate, absl::string_view key) {
    const std::string version = absl::StrCat("..version", ++versions_);
    const std::string path = absl::StrCat(folder_, "/", version);
    fs::create_directory(path);
    ASSERT_OK(WriteFileAtomically(path + "/tls.crt", certificate, kPublicFileMode));
    ASSERT_OK(WriteFileAtomically(path + "/tls.key", key, kSecretFileMode));
    fs::create_symlink(version, folder_ + "/..data_tmp");
    fs::rename(folder_ + "/..data_tmp", folder_ + "/..data");
  }
  void Swap(const TestCa& ca) { Swap(ca.Pem(), ca.key().Pkcs8Pem().view()); }

  absl::StatusOr<IssuerFiles::Outcome> Reload() { return files_->Reload(TestNow(), nullptr); }
  IssuerFiles* files() { return files_.get(); }
  void Open() {
    files_ = std::make_unique<IssuerFiles>(IssuerFiles::Paths{folder_, folder_ + "/roots.crt"});
  }

  const TestCa root_;
  std::string folder_;
  int versions_ = 0;
  std::unique_ptr<IssuerFiles> files_;
};

TEST_F(IssuerFilesTest, FollowsRotationAfterRotation) {
  Open();
  EXPECT_THAT(Reload(), StatusIs(absl::StatusCode::kNotFound, HasSubstr("crt")));
  EXPECT_EQ(files()->current(), nullptr);
  for (int i = 0; i < 4; ++i) {
    const TestCa issuer = root_.Intermediate(absl::StrCat("issuer", i, ".test"));
    Swap(issuer);
    const absl::StatusOr<IssuerFiles::Outcome> outcome = Reload();
    ASSERT_OK(outcome);
    EXPECT_EQ(*outcome, IssuerFiles::Outcome::kLoaded);
    EXPECT_EQ(files()->current()->certificate().der(), issuer.certificate().der());
    EXPECT_EQ(*Reload(), IssuerFiles::Outcome::kUnchanged);
  }
}

TEST_F(IssuerFilesTest, ReadsLinkerdsNamesToo) {
  fs::remove(folder_ + "/tls.crt");
  fs::remove(folder_ + "/tls.key");
  const TestCa issuer = root_.Intermediate("issuer.test");
  ASSERT_OK(WriteFileAtomically(folder_ + "/crt.pem", issuer.Pem(), kPublicFileMode));
  ASSERT_OK(
      WriteFileAtomically(folder_ + "/key.pem", issuer.key().Pkcs8Pem().view(), kSecretFileMode));
  Open();
  EXPECT_OK(Reload());
  EXPECT_NE(files()->current(), nullptr);
}

TEST_F(IssuerFilesTest, FollowsTheAnchors) {
  Open();
  Swap(root_.Intermediate("issuer.test"));
  ASSERT_OK(Reload());
  // Another root is added; then it replaces the first, which the issuer does not survive.
  const TestCa other("other.test");
  ASSERT_OK(WriteFileAtomically(folder_ + "/roots.crt", absl::StrCat(other.Pem(), root_.Pem()),
                                kPublicFileMode));
  EXPECT_EQ(*Reload(), IssuerFiles::Outcome::kLoaded);
  ASSERT_OK(WriteFileAtomically(folder_ + "/roots.crt", other.Pem(), kPublicFileMode));
  EXPECT_THAT(Reload(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                 HasSubstr("leads to none of this side's trust anchors")));
  EXPECT_NE(files()->current(), nullptr);
}

TEST_F(IssuerFilesTest, AnIssuerThatWasEarlyIsJudgedAgain) {
  x509::CertificateSpec spec = CaSpec("early.test");
  spec.not_before = TestNow() + absl::Minutes(1);
  const x509::PrivateKey key = x509::PrivateKey::GenerateEcdsaP256();
  Swap(root_.Sign(spec, key.public_key()).Pem(), key.Pkcs8Pem().view());
  Open();
  EXPECT_THAT(Reload(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                 HasSubstr("CN=early.test is not valid before")));
  EXPECT_OK(files()->Reload(TestNow() + absl::Minutes(1), nullptr));
  EXPECT_NE(files()->current(), nullptr);
}

TEST_F(IssuerFilesTest, KeepsTheLastGoodIssuerAndSaysWhatIsWrong) {
  Open();
  const TestCa good = root_.Intermediate("good.test");
  const std::string key(good.key().Pkcs8Pem().view());
  Swap(good);
  ASSERT_OK(Reload());
  const auto kept_with = [&](const std::string& certificate, const std::string& key_pem,
                             absl::StatusCode code, const std::string& message) {
    Swap(certificate, key_pem);
    const absl::StatusOr<IssuerFiles::Outcome> outcome = Reload();
    EXPECT_THAT(outcome, StatusIs(code, HasSubstr(message)));
    EXPECT_THAT(outcome, StatusIs(code, HasSubstr("/tls.crt")));
    ASSERT_NE(files()->current(), nullptr);
    EXPECT_EQ(files()->current()->certificate().der(), good.certificate().der());
  };
  const x509::PrivateKey leaf_key = x509::PrivateKey::GenerateEcdsaP256();
  const std::string leaf_key_pem(leaf_key.Pkcs8Pem().view());
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;
  kept_with("garbage", key, kInvalid, "issuer certificate: PEM text holds no CERTIFICATE");
  kept_with(good.Pem(), "garbage", kInvalid, "issuer key: PEM text holds no private key");
  kept_with(good.Pem(), leaf_key_pem, kPrecondition, "the private key is not the certificate's");
  kept_with(root_.Sign(LeafSpec("leaf.test"), leaf_key.public_key()).Pem(), leaf_key_pem,
            kPrecondition, "CN=leaf.test is not a certificate authority");
  const TestCa stranger("stranger.test");
  kept_with(stranger.Pem(), std::string(stranger.key().Pkcs8Pem().view()), kPrecondition,
            "leads to none of this side's trust anchors");
  x509::CertificateSpec expired = CaSpec("expired.test");
  expired.not_after = TestNow() - absl::Hours(1);
  kept_with(root_.Sign(expired, leaf_key.public_key()).Pem(), leaf_key_pem, kPrecondition,
            "CN=expired.test expired at");
}

TEST_F(IssuerFilesTest, RefusesAnIssuerWhosePathLengthForbidsIt) {
  // The issuer itself verifies; only what it signs does not.
  x509::CertificateSpec spec = CaSpec("short.test");
  spec.path_length = 0;
  x509::PrivateKey key = x509::PrivateKey::GenerateEcdsaP256();
  const x509::Certificate certificate = root_.Sign(spec, key.public_key());
  const TestCa shorted(std::move(key), certificate);
  const TestCa issuer = shorted.Intermediate("issuer.test");
  Swap(absl::StrCat(issuer.Pem(), shorted.Pem()), issuer.key().Pkcs8Pem().view());
  Open();
  EXPECT_THAT(Reload(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("path length")));
}

TEST_F(IssuerFilesTest, SendsAChainWithItsIntermediates) {
  const TestCa middle = root_.Intermediate("middle.test");
  const TestCa issuer = middle.Intermediate("issuer.test");
  Swap(absl::StrCat(issuer.Pem(), middle.Pem(), root_.Pem()), issuer.key().Pkcs8Pem().view());
  Open();
  ASSERT_OK(Reload());
  const x509::PrivateKey key = x509::PrivateKey::GenerateEcdsaP256();
  const absl::StatusOr<IssuedCertificate> issued = files()->current()->Issue(
      "web.test",
      x509::CertificateRequest::FromDer(x509::CertificateRequest::BuildDer("web.test", key).value())
          .value(),
      {}, TestNow());
  ASSERT_OK(issued);
  ASSERT_EQ(issued->intermediates.size(), 2u);
  EXPECT_EQ(issued->intermediates[0], issuer.certificate().der());
  EXPECT_EQ(issued->intermediates[1], middle.certificate().der());
}

}  // namespace
}  // namespace gossamer::identity
