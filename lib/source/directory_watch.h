#ifndef LIB_SOURCE_DIRECTORY_WATCH_H_
#define LIB_SOURCE_DIRECTORY_WATCH_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace gossamer::source {

// Which entries of a directory changed, as inotify tells it.
//
// The directory may go and come back, also by another one taking its name: its parent is watched as
// well. An entry that is being written is held back until its writer closes it, at most
// kWriteGrace, so that a half-written file is not read. Not thread-safe.
class DirectoryWatch {
 public:
  // How long a writer may keep a file open before it is read as it is.
  static constexpr absl::Duration kWriteGrace = absl::Seconds(1);

  struct Changes {
    std::set<std::string> names;  // Entries to be read again.
    bool all = false;             // Anything may have changed: read the whole directory.
  };

  explicit DirectoryWatch(absl::string_view directory);
  DirectoryWatch(const DirectoryWatch&) = delete;
  DirectoryWatch& operator=(const DirectoryWatch&) = delete;
  ~DirectoryWatch();

  // Where the directory is not there: NotFound, and Watch() may be called again.
  absl::Status Watch();
  // Readable when something happened.
  int fd() const { return fd_; }
  // Takes what happened; never blocks. `now` judges the grace of writers.
  Changes Take(absl::Time now);
  // Whether the directory that is watched still bears its name.
  bool IsCurrent() const;
  // Whether the entry is held back because it is being written.
  bool IsBeingWritten(const std::string& name) const { return writing_.count(name) > 0; }

 private:
  void Handle(uint32_t mask, const std::string& name, absl::Time now, Changes* changes);
  bool MayStillBeWritten(const std::string& name) const;
  void WatchParent();

  const std::string directory_;
  int fd_ = -1;
  int watch_ = -1;
  int parent_watch_ = -1;
  uint64_t device_ = 0;
  uint64_t inode_ = 0;
  std::map<std::string, absl::Time> writing_;  // Until when each is held back.
};

}  // namespace gossamer::source

#endif  // LIB_SOURCE_DIRECTORY_WATCH_H_
