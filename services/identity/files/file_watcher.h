#ifndef SERVICES_IDENTITY_FILES_FILE_WATCHER_H_
#define SERVICES_IDENTITY_FILES_FILE_WATCHER_H_

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace gossamer::identity {

// Calls back when files may have changed: soon after anything happens in their folders (a file is
// written, renamed, or a symlink like Kubernetes' `..data` is swapped), and every `interval` in any
// case, for the changes that no notification tells of (another machine's, a symlink's target
// elsewhere). Whether something did change is for the callback to find out.
//
// Owned by main(). The callback runs on the watcher's own thread, one call at a time, first after
// `interval` or a change: load once before. A folder need not exist; it is looked for again at each
// turn.
class FileWatcher {
 public:
  // Changes within this time of each other are one: a pair of files is rarely written at once.
  static constexpr absl::Duration kSettleTime = absl::Milliseconds(50);

  struct Options {
    std::vector<std::string> files;  // Their folders are watched.
    absl::Duration interval = absl::Seconds(10);
  };

  // Unavailable where the kernel gives no inotify instance.
  static absl::StatusOr<std::unique_ptr<FileWatcher>> Start(const Options& options,
                                                            std::function<void()> callback);
  // Waits for a callback in progress.
  ~FileWatcher();
  FileWatcher(const FileWatcher&) = delete;
  FileWatcher& operator=(const FileWatcher&) = delete;

 private:
  FileWatcher(const Options& options, std::function<void()> callback, int inotify_fd, int stop_fd);

  void Run();
  void WatchFolders();
  // False when it is time to stop.
  bool WaitForTurn();
  bool WaitUntil(absl::Duration timeout, bool also_for_changes);
  void DropEvents();

  std::set<std::string> folders_;
  const absl::Duration interval_;
  const std::function<void()> callback_;
  const int inotify_fd_;
  const int stop_fd_;
  std::thread thread_;  // Last: it uses the others.
};

}  // namespace gossamer::identity

#endif  // SERVICES_IDENTITY_FILES_FILE_WATCHER_H_
