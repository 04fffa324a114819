#include "services/identity/token/commands.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/jwt/key_set.h"
#include "lib/jwt/service_account.h"
#include "lib/jwt/token.h"
#include "lib/status/status_matchers.h"
#include "services/identity/files/files.h"

namespace gossamer::identity {
namespace {

using ::testing::HasSubstr;

class TokenCommandsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string folder = absl::StrCat(::testing::TempDir(), "/token_test.XXXXXX");
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    mint_ = {folder_ + "/key.pem", "https://issuer", "identity.l5d.io", "ns", "web",
             absl::Hours(1)};
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  absl::Status Create() { return CreateKey({folder_ + "/key.pem", folder_ + "/jwks.json"}); }
  absl::StatusOr<jwt::KeySet> Keys() {
    return jwt::KeySet::FromJson(ReadFile(folder_ + "/jwks.json", 1 << 20).value(), nullptr);
  }

  std::string folder_;
  MintOptions mint_;
  const absl::Time now_ = absl::FromUnixSeconds(1800000000);
};

TEST_F(TokenCommandsTest, MintsWhatTheKeySetVerifies) {
  ASSERT_OK(Create());
  const absl::StatusOr<std::string> token = Mint(mint_, now_);
  ASSERT_OK(token);
  const absl::StatusOr<jwt::Claims> claims =
      jwt::VerifyToken(*token, Keys().value(), {"https://issuer", "identity.l5d.io"}, now_);
  ASSERT_OK(claims);
  EXPECT_EQ(claims->expires_at, now_ + absl::Hours(1));
  const absl::StatusOr<jwt::ServiceAccount> account = jwt::ServiceAccountOf(*claims);
  ASSERT_OK(account);
  EXPECT_EQ(account->UserName(), "system:serviceaccount:ns:web");
}

TEST_F(TokenCommandsTest, KeepsAKeyThatIsThere) {
  ASSERT_OK(Create());
  const std::string key = ReadFile(mint_.key_file, 1 << 20).value();
  const std::string keys = ReadFile(folder_ + "/jwks.json", 1 << 20).value();
  ASSERT_OK(Create());
  EXPECT_EQ(ReadFile(mint_.key_file, 1 << 20).value(), key);
  EXPECT_EQ(ReadFile(folder_ + "/jwks.json", 1 << 20).value(), keys);
}

TEST_F(TokenCommandsTest, KeepsTheKeyFromOtherUsers) {
  ASSERT_OK(Create());
  struct stat info = {};
  ASSERT_EQ(stat(mint_.key_file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, kSecretFileMode);
}

TEST_F(TokenCommandsTest, DoesNotOverwriteWhatIsNoKey) {
  ASSERT_OK(WriteFileAtomically(mint_.key_file, "precious", kPublicFileMode));
  EXPECT_THAT(Create(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("key.pem")));
  EXPECT_EQ(ReadFile(mint_.key_file, 100).value(), "precious");
}

TEST_F(TokenCommandsTest, NamesTheBadOption) {
  ASSERT_OK(Create());
  MintOptions bad = mint_;
  bad.namespace_name = "a.b";
  EXPECT_THAT(Mint(bad, now_),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--namespace \"a.b\"")));
  bad = mint_;
  bad.service_account = "";
  EXPECT_THAT(Mint(bad, now_),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--service-account")));
  bad = mint_;
  bad.lifetime = absl::ZeroDuration();
  EXPECT_THAT(Mint(bad, now_), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--ttl")));
  bad = mint_;
  bad.key_file = folder_ + "/none.pem";
  EXPECT_THAT(Mint(bad, now_), StatusIs(absl::StatusCode::kNotFound, HasSubstr("none.pem")));
}

}  // namespace
}  // namespace gossamer::identity
