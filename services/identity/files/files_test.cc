#include "services/identity/files/files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"

namespace gossamer::identity {
namespace {

using ::testing::HasSubstr;

class FilesTest : public ::testing::Test {
 protected:
  FilesTest() : path_(absl::StrCat(::testing::TempDir(), "/files_test.", getpid())) {}
  ~FilesTest() override { unlink(path_.c_str()); }

  mode_t Mode() const {
    struct stat info = {};
    stat(path_.c_str(), &info);
    return info.st_mode & 07777;
  }

  const std::string path_;
};

TEST_F(FilesTest, ReadsWhatItWrites) {
  const std::string content(100000, 'x');
  ASSERT_OK(WriteFileAtomically(path_, content, kPublicFileMode));
  EXPECT_EQ(Mode(), kPublicFileMode);
  const absl::StatusOr<std::string> read = ReadFile(path_, content.size());
  ASSERT_OK(read);
  EXPECT_EQ(*read, content);
}

TEST_F(FilesTest, ReplacesWholeAndNarrowsTheMode) {
  ASSERT_OK(WriteFileAtomically(path_, "a longer first content", kPublicFileMode));
  ASSERT_OK(WriteFileAtomically(path_, "second", kSecretFileMode));
  EXPECT_EQ(*ReadFile(path_, 100), "second");
  EXPECT_EQ(Mode(), kSecretFileMode);
}

TEST_F(FilesTest, BoundsWhatItReads) {
  ASSERT_OK(WriteFileAtomically(path_, "12345", kPublicFileMode));
  EXPECT_OK(ReadFile(path_, 5));
  EXPECT_THAT(ReadFile(path_, 4),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("more than 4 bytes")));
}

TEST_F(FilesTest, NamesThePathInErrors) {
  EXPECT_THAT(ReadFile(path_, 1), StatusIs(absl::StatusCode::kNotFound, HasSubstr(path_)));
  EXPECT_THAT(ReadFile("/dev/null", 1),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not a regular file")));
  EXPECT_THAT(WriteFileAtomically(path_ + "/no/folder", "x", kPublicFileMode),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/no/folder")));
}

}  // namespace
}  // namespace gossamer::identity
