#include "services/identity/files/file_watcher.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/status/status.h"

namespace gossamer::identity {
namespace {

constexpr uint32_t kEvents = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                             IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;

std::string FolderOf(const std::string& file) {
  const std::string folder = std::filesystem::path(file).parent_path().string();
  return folder.empty() ? "." : folder;
}

}  // namespace

absl::StatusOr<std::unique_ptr<FileWatcher>> FileWatcher::Start(const Options& options,
                                                                std::function<void()> callback) {
  const int inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (inotify_fd < 0) return absl::ErrnoToStatus(errno, "cannot watch files");
  const int stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (stop_fd < 0) {
    const absl::Status status = absl::ErrnoToStatus(errno, "cannot watch files");
    close(inotify_fd);
    return status;
  }
  return absl::WrapUnique(new FileWatcher(options, std::move(callback), inotify_fd, stop_fd));
}

FileWatcher::FileWatcher(const Options& options, std::function<void()> callback, int inotify_fd,
                         int stop_fd)
    : interval_(options.interval),
      callback_(std::move(callback)),
      inotify_fd_(inotify_fd),
      stop_fd_(stop_fd) {
  for (const std::string& file : options.files) folders_.insert(FolderOf(file));
  WatchFolders();  // Before Start() returns, so that no change after it is missed.
  thread_ = std::thread([this] { Run(); });
}

FileWatcher::~FileWatcher() {
  const uint64_t one = 1;
  // Cannot fail: the counter is far from its maximum.
  [[maybe_unused]] const ssize_t written = write(stop_fd_, &one, sizeof(one));
  thread_.join();
  close(stop_fd_);
  close(inotify_fd_);
}

void FileWatcher::Run() {
  while (WaitForTurn()) {
    // A folder that was replaced is another one; naming it again finds that. Before the callback,
    // so that what happens after the callback has read is told.
    WatchFolders();
    callback_();
  }
}

void FileWatcher::WatchFolders() {
  // Fails for a folder that is not there, until it is.
  for (const std::string& folder : folders_) {
    inotify_add_watch(inotify_fd_, folder.c_str(), kEvents);
  }
}

bool FileWatcher::WaitForTurn() {
  if (!WaitUntil(interval_, /*also_for_changes=*/true)) return false;
  if (!WaitUntil(kSettleTime, /*also_for_changes=*/false)) return false;
  DropEvents();
  return true;
}

bool FileWatcher::WaitUntil(absl::Duration timeout, bool also_for_changes) {
  pollfd fds[] = {{stop_fd_, POLLIN, 0}, {also_for_changes ? inotify_fd_ : -1, POLLIN, 0}};
  // An interrupted wait is a short one, which does no harm.
  poll(fds, 2, static_cast<int>(absl::ToInt64Milliseconds(timeout)));
  return fds[0].revents == 0;
}

void FileWatcher::DropEvents() {
  alignas(inotify_event) char buffer[4096];
  while (read(inotify_fd_, buffer, sizeof(buffer)) > 0) {
  }
}

}  // namespace gossamer::identity
