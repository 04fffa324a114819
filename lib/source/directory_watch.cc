#include "lib/source/directory_watch.h"

#include <errno.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "absl/strings/str_cat.h"

namespace gossamer::source {
namespace {

constexpr uint32_t kEntryEvents =
    IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_ATTRIB;
constexpr uint32_t kSelfEvents = IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

absl::string_view WithoutTrailingSlashes(absl::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  return path;
}

std::string ParentOf(absl::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash == absl::string_view::npos) return ".";
  return slash == 0 ? "/" : std::string(path.substr(0, slash));
}

absl::string_view NameOf(absl::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == absl::string_view::npos ? path : path.substr(slash + 1);
}

absl::Status ErrnoStatus(absl::string_view what) {
  const absl::StatusCode code =
      errno == ENOENT ? absl::StatusCode::kNotFound : absl::StatusCode::kUnavailable;
  return absl::Status(code, absl::StrCat(what, ": ", strerror(errno)));
}

}  // namespace

DirectoryWatch::DirectoryWatch(absl::string_view directory)
    : directory_(WithoutTrailingSlashes(directory)), fd_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

DirectoryWatch::~DirectoryWatch() {
  if (fd_ >= 0) close(fd_);
}

absl::Status DirectoryWatch::Watch() {
  if (fd_ < 0) return absl::ResourceExhaustedError("inotify: no instance is left for this user");
  WatchParent();
  struct stat status;
  if (stat(directory_.c_str(), &status) != 0) return ErrnoStatus(directory_);
  const int watch = inotify_add_watch(fd_, directory_.c_str(), kEntryEvents | kSelfEvents);
  if (watch < 0) return ErrnoStatus(absl::StrCat("watch ", directory_));
  if (watch_ >= 0 && watch_ != watch) inotify_rm_watch(fd_, watch_);
  watch_ = watch;
  device_ = status.st_dev;
  inode_ = status.st_ino;
  writing_.clear();
  return absl::OkStatus();
}

void DirectoryWatch::WatchParent() {
  // Without it a new directory is noticed later, by IsCurrent().
  parent_watch_ = inotify_add_watch(fd_, ParentOf(directory_).c_str(),
                                    IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE);
}

bool DirectoryWatch::IsCurrent() const {
  struct stat status;
  return watch_ >= 0 && stat(directory_.c_str(), &status) == 0 && status.st_dev == device_ &&
         status.st_ino == inode_;
}

DirectoryWatch::Changes DirectoryWatch::Take(absl::Time now) {
  Changes changes;
  alignas(inotify_event) char buffer[16 * 1024];
  while (true) {
    const ssize_t length = read(fd_, buffer, sizeof(buffer));
    if (length <= 0) break;  // Would block, or a signal; what is left makes fd() readable again.
    for (ssize_t at = 0; at < length;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      const std::string name(event->len > 0 ? event->name : "");
      if (event->mask & IN_Q_OVERFLOW) {
        changes.all = true;
      } else if (event->wd == watch_) {
        Handle(event->mask, name, now, &changes);
      } else if (event->wd == parent_watch_ && name == NameOf(directory_)) {
        changes.all = true;
      }
    }
  }
  for (auto it = writing_.begin(); it != writing_.end();) {
    if (it->second > now) {
      ++it;
      continue;
    }
    changes.names.insert(it->first);
    it = writing_.erase(it);
  }
  return changes;
}

void DirectoryWatch::Handle(uint32_t mask, const std::string& name, absl::Time now,
                            Changes* changes) {
  if (name.empty() || (mask & IN_ISDIR)) {
    // The directory itself went, or, as in a mounted ConfigMap, one inside it that links lead
    // through.
    if (mask & IN_IGNORED) watch_ = -1;
    changes->all = true;
    return;
  }
  if (((mask & IN_CREATE) && MayStillBeWritten(name)) || (mask & IN_MODIFY)) {
    writing_.emplace(name, now + kWriteGrace);
    changes->names.erase(name);
    return;
  }
  if ((mask & IN_ATTRIB) && IsBeingWritten(name)) return;
  writing_.erase(name);
  changes->names.insert(name);
}

bool DirectoryWatch::MayStillBeWritten(const std::string& name) const {
  // Links come with their content; a file made by open() is closed later.
  struct stat status;
  return lstat(absl::StrCat(directory_, "/", name).c_str(), &status) == 0 &&
         S_ISREG(status.st_mode) && status.st_nlink == 1;
}

}  // namespace gossamer::source
