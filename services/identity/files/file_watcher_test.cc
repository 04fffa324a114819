#include "services/identity/files/file_watcher.h"

#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"
#include "services/identity/files/files.h"

namespace gossamer::identity {
namespace {

namespace fs = std::filesystem;

constexpr absl::Duration kPatience = absl::Seconds(30);

// Counts calls and waits for them.
class Calls {
 public:
  void Count() {
    absl::MutexLock lock(&mutex_);
    ++count_;
  }
  int count() {
    absl::MutexLock lock(&mutex_);
    return count_;
  }
  bool WaitForMoreThan(int before) {
    absl::MutexLock lock(&mutex_);
    const auto more = [this, before] { return count_ > before; };
    return mutex_.AwaitWithTimeout(absl::Condition(&more), kPatience);
  }

 private:
  absl::Mutex mutex_;
  int count_ = 0;
};

class FileWatcherTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string folder = absl::StrCat(::testing::TempDir(), "/file_watcher_test.XXXXXX");
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
  }
  void TearDown() override {
    watcher_.reset();
    fs::remove_all(folder_);
  }

  void Watch(const std::string& file, absl::Duration interval) {
    watcher_ = FileWatcher::Start({{file}, interval}, [this] { calls_.Count(); }).value();
  }
  // Whether the change is told.
  template <typename Change>
  bool Tells(Change change) {
    const int before = calls_.count();
    change();
    return calls_.WaitForMoreThan(before);
  }

  std::string folder_;
  Calls calls_;
  std::unique_ptr<FileWatcher> watcher_;
};

TEST_F(FileWatcherTest, TellsOfEveryWayToChangeAFile) {
  const std::string file = folder_ + "/a";
  Watch(file, absl::Hours(1));
  EXPECT_TRUE(Tells([&] { EXPECT_OK(WriteFileAtomically(file, "1", 0644)); }));
  EXPECT_TRUE(Tells([&] { EXPECT_OK(WriteFileAtomically(file, "2", 0644)); }));
  EXPECT_TRUE(Tells([&] { fs::remove(file); }));
  EXPECT_TRUE(Tells([&] { fs::create_symlink("elsewhere", file); }));
  EXPECT_TRUE(Tells([&] {
    fs::create_symlink("elsewhere-else", folder_ + "/b");
    fs::rename(folder_ + "/b", file);
  }));
}

TEST_F(FileWatcherTest, FollowsAFolderThatIsReplaced) {
  const std::string inner = folder_ + "/inner";
  fs::create_directory(inner);
  Watch(inner + "/a", absl::Milliseconds(20));
  for (int i = 0; i < 3; ++i) {
    fs::rename(inner, absl::StrCat(inner, i));
    fs::create_directory(inner);
    EXPECT_TRUE(Tells([&] { EXPECT_OK(WriteFileAtomically(inner + "/a", "1", 0644)); }));
  }
}

TEST_F(FileWatcherTest, TellsOnItsTimerToo) {
  Watch(folder_ + "/not/there", absl::Milliseconds(10));
  EXPECT_TRUE(calls_.WaitForMoreThan(2));
}

TEST_F(FileWatcherTest, StopsWhileNothingHappens) {
  Watch(folder_ + "/a", absl::Hours(1));
  watcher_.reset();
  EXPECT_EQ(calls_.count(), 0);
}

}  // namespace
}  // namespace gossamer::identity
