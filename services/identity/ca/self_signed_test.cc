#include "services/identity/ca/self_signed.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"
#include "services/identity/ca/issuer_files.h"
#include "services/identity/files/files.h"

namespace gossamer::identity {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class SelfSignedTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string parent = absl::StrCat(::testing::TempDir(), "/self_signed_test.XXXXXX");
    ASSERT_NE(mkdtemp(parent.data()), nullptr);
    parent_ = parent;
    options_.folder = parent_ + "/pki";
    options_.trust_domain = "cluster.local";
  }
  void TearDown() override { std::filesystem::remove_all(parent_); }

  std::string Content(const char* name) const {
    return ReadFile(absl::StrCat(options_.folder, "/", name), 1 << 20).value_or("");
  }
  mode_t Mode(const std::string& path) const {
    struct stat info = {};
    stat(path.c_str(), &info);
    return info.st_mode & 07777;
  }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(options_.folder)) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  const absl::Time now_ = absl::FromUnixSeconds(1800000000) + absl::Milliseconds(250);
  std::string parent_;
  SelfSignedOptions options_;
};

TEST_F(SelfSignedTest, MakesAnIssuerThatLoads) {
  ASSERT_OK(CreateSelfSigned(options_, now_));
  IssuerFiles files({options_.folder, absl::StrCat(options_.folder, "/", kAnchorFile)});
  ASSERT_OK(files.Reload(now_, nullptr));
  EXPECT_EQ(files.current()->certificate().subject(), "CN=identity.linkerd.cluster.local");
  EXPECT_GT(files.current()->valid_until() - now_, absl::Hours(24 * 3600));
}

TEST_F(SelfSignedTest, KeepsTheKeyFromOtherUsersAndForgetsTheAnchors) {
  ASSERT_OK(CreateSelfSigned(options_, now_));
  EXPECT_EQ(Mode(options_.folder), 0700u);
  EXPECT_EQ(Mode(absl::StrCat(options_.folder, "/", kIssuerKeyFile)), 0600u);
  EXPECT_THAT(Names(), UnorderedElementsAre(kAnchorFile, kIssuerFile, kIssuerKeyFile));
}

TEST_F(SelfSignedTest, WritesTheAnchorsKeyWhenAsked) {
  options_.anchor_key_file = parent_ + "/ca.key";
  ASSERT_OK(CreateSelfSigned(options_, now_));
  EXPECT_EQ(Mode(options_.anchor_key_file), 0600u);
  const absl::StatusOr<x509::PrivateKey> key =
      x509::PrivateKey::FromPem(ReadFile(options_.anchor_key_file, 1 << 20).value());
  ASSERT_OK(key);
  EXPECT_EQ(x509::Certificate::ChainFromPem(Content(kAnchorFile))->front().public_key(),
            key->public_key());
}

TEST_F(SelfSignedTest, TouchesNothingThatIsThere) {
  ASSERT_OK(CreateSelfSigned(options_, now_));
  const std::string before =
      absl::StrCat(Content(kAnchorFile), Content(kIssuerFile), Content(kIssuerKeyFile));
  ASSERT_OK(CreateSelfSigned(options_, now_ + absl::Hours(1)));
  EXPECT_EQ(before,
            absl::StrCat(Content(kAnchorFile), Content(kIssuerFile), Content(kIssuerKeyFile)));
}

TEST_F(SelfSignedTest, ProcessesThatStartAtOnceMakeOnePair) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] { EXPECT_OK(CreateSelfSigned(options_, now_)); });
  }
  for (std::thread& thread : threads) thread.join();
  IssuerFiles files({options_.folder, absl::StrCat(options_.folder, "/", kAnchorFile)});
  EXPECT_OK(files.Reload(now_, nullptr));
}

TEST_F(SelfSignedTest, NamesThePathThatItCannotWrite) {
  options_.folder = parent_ + "/no/such/parent";
  EXPECT_THAT(CreateSelfSigned(options_, now_),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/no/such/parent")));
}

}  // namespace
}  // namespace gossamer::identity
