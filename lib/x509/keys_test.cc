#include "lib/x509/keys.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"
#include "lib/x509/pem.h"

namespace gossamer::x509 {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Made with `openssl ecparam -name prime256v1 -genkey`, parameters included as it writes them.
constexpr absl::string_view kSec1Pem = R"(
-----BEGIN EC PARAMETERS-----
BggqhkjOPQMBBw==
-----END EC PARAMETERS-----
-----BEGIN EC PRIVATE KEY-----
MHcCAQEEICJ92FJPL03snm4XMJu9ngI60oV6nt0L0QseCBUHi+ZJoAoGCCqGSM49
AwEHoUQDQgAEm2jX0fTXue84QbviYwJuzFfavO3JBevZ4+HcScGRv/yz8iuE6MPP
O8dcFKGBrXM5PQPGET1UDGGolL3IbIedCA==
-----END EC PRIVATE KEY-----
)";

// Made with `openssl genrsa -traditional 2048`.
constexpr absl::string_view kPkcs1Pem = R"(
-----BEGIN RSA PRIVATE KEY-----
MIIEowIBAAKCAQEA3Rj51zuOhxrEoQmQuTHhz1dkeHok1knNbvFqPM/Vi/dix6JB
IwVIPcNqHRscdoIlEjDnTcsTx/E8yPFF/K3n2hRiOmWNGRGVhkgMrw+ZTPHjQ7TT
GHS1OHMAthc0verAKlm61h5j3przLlncyJ3cDQU531nwSrzVCj/8gcU2cx3Kk7r1
j48Cd8L2KzBJbunSDfxRwbRymArm8tB6QNMi8luF9khyzatdThSMOa+nH8oJ1JDe
1uG3u0HYT3LzqCMVsOVrr7a7Qft0jm8VoP03KyNYXyla42WX9EcY4UnTv4HuaVlO
EzlJEWCShMYTmpyOVUMVlUCO/wLdY2KAWCNbcwIDAQABAoIBAApyuLPEG7skt7AI
fK9TvSEINzY+R2lc+XlJrUSMacIAgcl/UGawRDau+l+/vTuYcNoIN5YEh73GF6JD
TJRhP3idx/qMe/t4SkGbPAY1zX/GWoADloosUbgGLz1roVFsO4KE1QBzVTLaza0e
EAHm+9QdsBtu650MiWC/n1YelLEh27xvq7h0sD279xWLtY6+eAU3nxMyQ2fJDvRS
0FmtAENWm0ZWCKoO2G6GOdESSLIt04BzdBmRz8dduNMYwa3rlyVJpVuydmua7BzA
lxzrA5W/t0zFGe1slEU1ghhGgKbEAHymB2VOjcFjbT9uuzSDWpkh4JXbrBIxjZNr
BJFzo6kCgYEA/oV24g3tVGIVPybyAcCoOqkBEKynn6Oo91qrqEJzyqrtuinx1Cis
rZuss/LEczWxSS/TdI8heFJZjuYHXA/5nClbqoktBldIXeZkWjK9LoMb1xQQiVN2
IlD1k3CmNpW7gs4UeYg8y/exWtBuCVcmgnY62wHLafiklnrLbjADW38CgYEA3mHN
XNDeixWUMBJ6XaGGOBzZLIPJkjoxRTL8gkSwBtSKmA6weMdBxCqKNBai+gODVBZR
vtcXgi9VjGHEeIprBOfFtnV+X1uAxYK0MpXVhnxG5tfVuSJJFsLUmI1wNH4eGjb1
eO1bS5dlboUle1K1BkrymFXFfyLVqHNUCMb7Sg0CgYEAzQBOutCg4aCGoHEL56F3
XpgVRYrrEEfPpjufm0y62vhFtfZm041XWBXVSrM0y97pRpuA45cNTE532AMq1ln/
oGonbPpEC6FtpkQVfBj2C2qKl/ePQiy5L/apdfH7zmdXuommMCUtYtPEQ/MxTdCm
MdpsmU2eu2ILnzCUfdGqQp0CgYBdsMDPuOP5nwbG1hIdvn6Ix4ar3X4gEEpPyDJg
Q8YRqpwVgiLRT8midvWxClRxludOlvSrvX0XCRA2y731twNtlqRSwd+TFz8Cd5Wp
tjy2o0dP3GEb1ZkLcNwWxYgfZX8TNlJnN0D+cPN4A7qN4YOI+iyJB6HkdW2kwaoG
5KZcRQKBgBqAbMt63bIpYBexn48uZCr5Zfgx+eEf4b8857JnvAKJd6LWHdixqQGL
hxYQM2JEz/IDlni523kjyxO8+gZOLnY8ROvI4DD0twck74wrez2ALANaz9yKyAnm
+oqi/RnXO3ITwbmczjOH2TbpP9oDftBUH8w6Lb3vaAEp7IB0Y+ay
-----END RSA PRIVATE KEY-----
)";

class KeyTypeTest : public ::testing::TestWithParam<KeyType> {};

TEST_P(KeyTypeTest, SurvivesPkcs8) {
  const PrivateKey key = PrivateKey::Generate(GetParam());
  EXPECT_EQ(key.type(), GetParam());
  const absl::StatusOr<PrivateKey> from_der = PrivateKey::FromDer(key.Pkcs8Der().view());
  ASSERT_OK(from_der);
  EXPECT_EQ(from_der->public_key(), key.public_key());
  const absl::StatusOr<PrivateKey> from_pem = PrivateKey::FromPem(key.Pkcs8Pem().view());
  ASSERT_OK(from_pem);
  EXPECT_EQ(from_pem->public_key(), key.public_key());
  EXPECT_EQ(from_pem->type(), GetParam());
}

TEST_P(KeyTypeTest, PublicHalfSurvivesSpkiAndCopies) {
  const PrivateKey key = PrivateKey::Generate(GetParam());
  const absl::StatusOr<PublicKey> read = PublicKey::FromSpkiDer(key.public_key().SpkiDer());
  ASSERT_OK(read);
  EXPECT_EQ(*read, key.public_key());
  const PublicKey copy = *read;
  EXPECT_EQ(copy, *read);
  EXPECT_NE(copy, PrivateKey::Generate(GetParam()).public_key());
}

INSTANTIATE_TEST_SUITE_P(All, KeyTypeTest,
                         ::testing::Values(KeyType::kEcdsaP256, KeyType::kEcdsaP384,
                                           KeyType::kEcdsaP521, KeyType::kRsa, KeyType::kEd25519));

TEST(PrivateKeyTest, ReadsSec1AndPkcs1) {
  const absl::StatusOr<PrivateKey> sec1 = PrivateKey::FromPem(kSec1Pem);
  ASSERT_OK(sec1);
  EXPECT_EQ(sec1->type(), KeyType::kEcdsaP256);
  const absl::StatusOr<PrivateKey> pkcs1 = PrivateKey::FromPem(kPkcs1Pem);
  ASSERT_OK(pkcs1);
  EXPECT_EQ(pkcs1->type(), KeyType::kRsa);
}

TEST(PrivateKeyTest, ErrorsNameTheFaultAndNoBytes) {
  const PrivateKey key = PrivateKey::GenerateEcdsaP256();
  const SecretString der = key.Pkcs8Der();
  const std::string cut(der.view().substr(0, der.view().size() - 1));
  EXPECT_THAT(PrivateKey::FromDer(cut),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not a private key")));
  EXPECT_THAT(PrivateKey::FromDer(absl::StrCat(der.view(), "x")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not a private key")));
  EXPECT_THAT(PrivateKey::FromDer(""), Not(IsOk()));
  EXPECT_THAT(PrivateKey::FromDer(std::string(1 << 20, 'x')),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("at most")));
  EXPECT_THAT(PrivateKey::FromPem("nothing here"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("holds no private key")));
  EXPECT_THAT(PrivateKey::FromPem(EncodePem("ENCRYPTED PRIVATE KEY", "x")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("encrypted")));
  EXPECT_THAT(PrivateKey::FromPem(EncodePem("PRIVATE KEY", "hunter2hunter2")),
              StatusIs(absl::StatusCode::kInvalidArgument, Not(HasSubstr("hunter2"))));
}

TEST(PrivateKeyTest, RefusesCurvesThatTlsLacks) {
  // secp224r1, made with `openssl ecparam -name secp224r1 -genkey`.
  EXPECT_THAT(PrivateKey::FromPem(R"(
-----BEGIN EC PRIVATE KEY-----
MGgCAQEEHBs8H4OIXiO9fKtJjf4guCe99+GP95Bb2sKLHB2gBwYFK4EEACGhPAM6
AATtHd5p3N2pvqFc+f0pAuOtcecyBREP+lQt5163IechDYfmQg2eFYxkrRBYcXi4
1wOeQF2fAY52jg==
-----END EC PRIVATE KEY-----
)"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("P-256")));
}

TEST(PublicKeyTest, RefusesGarbage) {
  EXPECT_THAT(PublicKey::FromSpkiDer("garbage"), Not(IsOk()));
  const std::string der = PrivateKey::GenerateEcdsaP256().public_key().SpkiDer();
  EXPECT_THAT(PublicKey::FromSpkiDer(der + "x"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("bytes after its end")));
}

TEST(SecretStringTest, LeavesNothingBehindWhenMoved) {
  std::string source = "a secret that is too long for the small-string buffer";
  SecretString secret(std::move(source));
  EXPECT_TRUE(source.empty());
  SecretString other(std::move(secret));
  EXPECT_TRUE(secret.empty());  // NOLINT(bugprone-use-after-move): the promise under test.
  EXPECT_THAT(std::string(other.view()), HasSubstr("too long"));
}

}  // namespace
}  // namespace gossamer::x509
