#include "tests/support/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"

namespace gossamer::harness {
namespace {

[[noreturn]] void RemoveWhenAlone(int fd, const std::string& path) {
  setsid();  // Not for a terminal's Ctrl-C.
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) ::signal(signal, SIG_IGN);
  char byte;
  while (read(fd, &byte, 1) < 0 && errno == EINTR) {
  }
  std::error_code error;
  // What is left of the owner's children may still write for a moment.
  for (int attempt = 0; attempt < 20; ++attempt) {
    std::filesystem::remove_all(path, error);
    if (!std::filesystem::exists(path, error)) break;
    usleep(100 * 1000);
  }
  _exit(0);
}

}  // namespace

std::string MakePrivateFolder() {
  char path[] = "/run/cluster.XXXXXX";
  if (mkdtemp(path) == nullptr) abort();  // RunIsolated() has made /run writable.
  chmod(path, 0755);
  return path;
}

absl::StatusOr<TemporaryFolder> TemporaryFolder::Create(const std::string& prefix) {
  const char* tmp = getenv("TMPDIR");
  std::string path = absl::StrCat(tmp != nullptr ? tmp : "/tmp", "/", prefix, ".XXXXXX");
  int alive[2];
  if (mkdtemp(path.data()) == nullptr || chmod(path.c_str(), 0755) != 0 ||
      pipe2(alive, O_CLOEXEC) != 0) {
    return absl::InternalError(absl::StrCat("making the folder ", path, ": ", strerror(errno)));
  }
  TemporaryFolder folder;
  folder.path_ = path;
  folder.alive_fd_ = alive[1];
  folder.janitor_ = fork();
  if (folder.janitor_ == 0) {
    close(alive[1]);
    RemoveWhenAlone(alive[0], path);
  }
  close(alive[0]);
  return folder;
}

TemporaryFolder::TemporaryFolder(TemporaryFolder&& other) noexcept
    : path_(std::move(other.path_)),
      janitor_(std::exchange(other.janitor_, -1)),
      alive_fd_(std::exchange(other.alive_fd_, -1)) {}

TemporaryFolder::~TemporaryFolder() {
  if (alive_fd_ < 0) return;
  close(alive_fd_);
  waitpid(janitor_, nullptr, 0);
}

}  // namespace gossamer::harness
