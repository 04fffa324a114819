#include "services/identity/files/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "lib/status/status_macros.h"

namespace gossamer::identity {
namespace {

constexpr size_t kReadChunkBytes = 16 << 10;

absl::Status Failed(absl::string_view what, const std::string& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat(what, " ", path));
}

absl::Status CheckIsRegular(int fd, const std::string& path) {
  struct stat info;
  if (fstat(fd, &info) != 0) return Failed("cannot read", path);
  if (!S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat("cannot read ", path, ": not a regular file"));
  }
  return absl::OkStatus();
}

absl::Status WriteAll(int fd, absl::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t written = write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed("cannot write", path);
    content.remove_prefix(written);
  }
  return absl::OkStatus();
}

// Writes and names a new file; the caller removes `temporary` where this fails.
absl::Status Commit(int fd, const std::string& temporary, const std::string& path,
                    absl::string_view content, mode_t mode) {
  // mkstemp() creates with 0600, so a wider mode comes before the first byte as well.
  if (fchmod(fd, mode) != 0) return Failed("cannot set the mode of", path);
  GOSSAMER_RETURN_IF_ERROR(WriteAll(fd, content, path));
  if (fsync(fd) != 0) return Failed("cannot write", path);
  if (rename(temporary.c_str(), path.c_str()) != 0) return Failed("cannot write", path);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes) {
  // Not blocking: a FIFO of this name must not hold the service up.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return Failed("cannot read", path);
  const auto close_fd = absl::MakeCleanup([fd] { close(fd); });
  GOSSAMER_RETURN_IF_ERROR(CheckIsRegular(fd, path));
  std::string content;
  while (content.size() <= max_bytes) {
    const size_t length = content.size();
    content.resize(length + kReadChunkBytes);
    const ssize_t got = read(fd, content.data() + length, kReadChunkBytes);
    if (got < 0 && errno != EINTR) return Failed("cannot read", path);
    content.resize(length + std::max<ssize_t>(got, 0));
    if (got == 0) return content;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("cannot read ", path, ": it has more than ", max_bytes, " bytes"));
}

absl::Status WriteFileAtomically(const std::string& path, absl::string_view content, mode_t mode) {
  std::string temporary = absl::StrCat(path, ".XXXXXX");
  const int fd = mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) return Failed("cannot write", path);
  const auto close_fd = absl::MakeCleanup([fd] { close(fd); });
  const absl::Status status = Commit(fd, temporary, path, content, mode);
  if (!status.ok()) unlink(temporary.c_str());
  return status;
}

}  // namespace gossamer::identity
