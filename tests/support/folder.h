#ifndef TESTS_SUPPORT_FOLDER_H_
#define TESTS_SUPPORT_FOLDER_H_

#include <string>

#include "absl/status/statusor.h"

namespace gossamer::harness {

// A new folder on the private memory file system of RunIsolated(): gone with it, and open to every
// user inside.
std::string MakePrivateFolder();

// A folder that any user may enter, removed with all that is in it when its owner is destroyed, and
// also when the process ends in any other way: a helper process waits for that.
class TemporaryFolder {
 public:
  // To be called while the process has one thread.
  static absl::StatusOr<TemporaryFolder> Create(const std::string& prefix);

  TemporaryFolder(TemporaryFolder&& other) noexcept;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder();

  const std::string& path() const { return path_; }

 private:
  TemporaryFolder() = default;

  std::string path_;
  int janitor_ = -1;
  // Closed by the end of this process, which is what the helper waits for.
  int alive_fd_ = -1;
};

}  // namespace gossamer::harness

#endif  // TESTS_SUPPORT_FOLDER_H_
