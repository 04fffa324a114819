#ifndef LIB_SOURCE_FILE_SOURCE_H_
#define LIB_SOURCE_FILE_SOURCE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/source/directory_watch.h"
#include "lib/source/object_store.h"
#include "lib/source/source.h"

namespace gossamer::source {

// The cluster read from a folder of manifests: *.yaml, *.yml and *.json, not below it. Names that
// begin with a dot are passed over.
//
// Changes are told within some milliseconds of the file being closed, renamed into place or
// removed; links that are swapped, as in a mounted ConfigMap, count. A file with a fault keeps its
// last good state, whole, until the fault is mended; without one it contributes nothing. The same
// holds for all files while the folder itself is gone. Every fault is told as a Problem.
//
// Owns a thread, on which the listener is called after Start(). Bounds: kFilesMax files of
// kFileBytesMax.
class FileSource : public Source {
 public:
  static constexpr size_t kFilesMax = 20'000;
  static constexpr size_t kFileBytesMax = 16 * 1024 * 1024;
  // Changes are gathered until nothing happens for kQuiet, but no longer than kGatherMax.
  static constexpr absl::Duration kQuiet = absl::Milliseconds(3);
  static constexpr absl::Duration kGatherMax = absl::Milliseconds(20);
  // How often files are compared by their times, for those that inotify cannot see, such as the far
  // end of a link.
  static constexpr absl::Duration kRecheckInterval = absl::Seconds(2);
  // How often a folder that is gone is looked for.
  static constexpr absl::Duration kAbsentInterval = absl::Milliseconds(50);

  explicit FileSource(absl::string_view directory);
  ~FileSource() override;

  // NotFound where the folder is not there at the start: a misspelt name should be noticed.
  absl::Status Start(Listener* listener) override;
  void Stop() override ABSL_LOCKS_EXCLUDED(stop_mutex_);
  Stats stats() const override ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // When a file counts as unchanged without being read.
  struct Signature {
    uint64_t device = 0;
    uint64_t inode = 0;
    int64_t bytes = -1;
    int64_t modified_ns = 0;
    int64_t changed_ns = 0;
    bool operator==(const Signature&) const = default;
  };
  struct File {
    Signature signature;
    int ignored = 0;
    bool refused = false;
  };
  // What one round found, told at its end.
  struct Round {
    std::vector<Event> events;
    std::vector<Problem> problems;
  };

  void Run();
  // Waits for changes and gathers them. False when the source is to stop.
  bool Gather(DirectoryWatch::Changes* changes, bool* recheck);
  // False when the source is to stop; else whether something happened in `happened`.
  bool Wait(absl::Duration timeout, bool* happened);
  void Absorb(const DirectoryWatch::Changes& more, DirectoryWatch::Changes* changes, bool* recheck);
  void Update(const DirectoryWatch::Changes& changes, bool recheck);
  // Makes sure that the folder that bears the name is watched; false while there is none.
  bool EnsureWatched(bool* reread, Round* round);
  void ReadDirectory(bool reread, Round* round);
  void ReadFile(const std::string& name, bool reread, Round* round);
  void Parse(const std::string& name, const std::string& text, File* file, Round* round);
  void Refuse(const std::string& name, int line, absl::string_view message, File* file,
              Round* round);
  void Remove(const std::string& name, Round* round);
  void Tell(Round round);

  const std::string directory_;
  DirectoryWatch watch_;
  Listener* listener_ = nullptr;
  // Touched by Start() before the thread runs, then by the thread alone.
  ObjectStore store_;
  std::map<std::string, File> files_;
  bool absent_ = false;

  int stop_fd_ = -1;
  std::thread thread_;
  absl::Mutex stop_mutex_;
  mutable absl::Mutex mutex_;
  Stats stats_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace gossamer::source

#endif  // LIB_SOURCE_FILE_SOURCE_H_
