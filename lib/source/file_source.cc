#include "lib/source/file_source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lib/k8s/object.h"
#include "lib/k8s/value.h"
#include "lib/status/status_macros.h"

namespace gossamer::source {
namespace {

bool IsManifest(absl::string_view name) {
  return !absl::StartsWith(name, ".") &&
         (absl::EndsWith(name, ".yaml") || absl::EndsWith(name, ".yml") ||
          absl::EndsWith(name, ".json"));
}

int64_t Nanoseconds(const timespec& time) {
  return static_cast<int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

// Reads to the end, at most one byte beyond the bound. False with errno set.
bool ReadAll(int fd, size_t bytes_max, std::string* text) {
  text->clear();
  char buffer[64 * 1024];
  while (text->size() <= bytes_max) {
    const ssize_t length = read(fd, buffer, sizeof(buffer));
    if (length == 0) return true;
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return false;
    text->append(buffer, static_cast<size_t>(length));
  }
  return true;
}

}  // namespace

FileSource::FileSource(absl::string_view directory)
    : directory_(directory), watch_(directory), stop_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

FileSource::~FileSource() {
  Stop();
  if (stop_fd_ >= 0) close(stop_fd_);
}

absl::Status FileSource::Start(Listener* listener) {
  if (stop_fd_ < 0) return absl::ResourceExhaustedError("manifests: no file descriptor is left");
  listener_ = listener;
  GOSSAMER_RETURN_IF_ERROR(watch_.Watch());
  Round round;
  ReadDirectory(/*reread=*/true, &round);
  round.events.push_back(Resynced{});
  Tell(std::move(round));
  thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

void FileSource::Stop() {
  absl::MutexLock lock(&stop_mutex_);
  if (!thread_.joinable()) return;
  eventfd_write(stop_fd_, 1);
  thread_.join();
}

Stats FileSource::stats() const {
  absl::MutexLock lock(&mutex_);
  return stats_;
}

void FileSource::Run() {
  DirectoryWatch::Changes changes;
  bool recheck = false;
  while (Gather(&changes, &recheck)) {
    Update(changes, recheck);
    changes = {};
    recheck = false;
  }
}

bool FileSource::Gather(DirectoryWatch::Changes* changes, bool* recheck) {
  bool happened = false;
  if (!Wait(absent_ ? kAbsentInterval : kRecheckInterval, &happened)) return false;
  const absl::Time start = absl::Now();
  if (!happened) *recheck = true;
  while (happened) {
    Absorb(watch_.Take(absl::Now()), changes, recheck);
    if (absl::Now() - start > kGatherMax) break;
    if (!Wait(kQuiet, &happened)) return false;
  }
  // Entries whose writer had its time.
  Absorb(watch_.Take(absl::Now()), changes, recheck);
  return true;
}

bool FileSource::Wait(absl::Duration timeout, bool* happened) {
  pollfd fds[] = {{watch_.fd(), POLLIN, 0}, {stop_fd_, POLLIN, 0}};
  const int ready = poll(fds, 2, static_cast<int>(absl::ToInt64Milliseconds(timeout)));
  *happened = ready > 0 && fds[0].revents != 0;
  return fds[1].revents == 0 || ready <= 0;
}

void FileSource::Absorb(const DirectoryWatch::Changes& more, DirectoryWatch::Changes* changes,
                        bool* recheck) {
  changes->all |= more.all;
  for (const std::string& name : more.names) {
    // What is no manifest may be what manifests link through.
    if (IsManifest(name)) {
      changes->names.insert(name);
    } else {
      *recheck = true;
    }
  }
}

void FileSource::Update(const DirectoryWatch::Changes& changes, bool recheck) {
  Round round;
  bool reread = changes.all;
  if (EnsureWatched(&reread, &round)) {
    if (reread || recheck) ReadDirectory(reread, &round);
    if (!reread) {
      for (const std::string& name : changes.names) {
        if (!watch_.IsBeingWritten(name)) ReadFile(name, /*reread=*/true, &round);
      }
    }
  }
  Tell(std::move(round));
}

bool FileSource::EnsureWatched(bool* reread, Round* round) {
  if (watch_.IsCurrent()) return true;
  const absl::Status status = watch_.Watch();
  if (!status.ok()) {
    if (!absent_) {
      round->problems.push_back(
          {directory_, absl::StrCat("the folder is gone, its last state is kept: ",
                                    std::string(status.message()))});
    }
    absent_ = true;
    return false;
  }
  absent_ = false;
  *reread = true;
  return true;
}

void FileSource::ReadDirectory(bool reread, Round* round) {
  DIR* directory = opendir(directory_.c_str());
  if (directory == nullptr) {
    round->problems.push_back({directory_, absl::StrCat("cannot be listed: ", strerror(errno))});
    return;
  }
  const absl::Cleanup close_directory = [directory] { closedir(directory); };
  std::set<std::string> names;
  while (const dirent* entry = readdir(directory)) {
    if (!IsManifest(entry->d_name)) continue;
    if (names.size() >= kFilesMax) {
      round->problems.push_back({directory_, absl::StrCat("has more than ", kFilesMax,
                                                          " manifests; the rest is left out")});
      break;
    }
    names.insert(entry->d_name);
  }
  std::vector<std::string> gone;
  for (const auto& [name, file] : files_) {
    if (names.count(name) == 0) gone.push_back(name);
  }
  for (const std::string& name : names) {
    if (!watch_.IsBeingWritten(name)) ReadFile(name, reread, round);
  }
  for (const std::string& name : gone) Remove(name, round);
}

void FileSource::ReadFile(const std::string& name, bool reread, Round* round) {
  const std::string path = absl::StrCat(directory_, "/", name);
  // Non-blocking, so that a pipe in the folder cannot hold us.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 && errno == ENOENT) return Remove(name, round);
  const absl::Cleanup close_fd = [fd] {
    if (fd >= 0) close(fd);
  };
  File* file = &files_[name];
  struct stat status;
  if (fd < 0 || fstat(fd, &status) != 0) return Refuse(name, 0, strerror(errno), file, round);
  const Signature signature{status.st_dev, status.st_ino, status.st_size,
                            Nanoseconds(status.st_mtim), Nanoseconds(status.st_ctim)};
  if (!reread && signature == file->signature) return;
  file->signature = signature;
  if (!S_ISREG(status.st_mode)) return Refuse(name, 0, "is not a file", file, round);
  std::string text;
  if (!ReadAll(fd, kFileBytesMax, &text)) return Refuse(name, 0, strerror(errno), file, round);
  if (text.size() > kFileBytesMax) {
    return Refuse(name, 0, absl::StrCat("is larger than ", kFileBytesMax, " bytes"), file, round);
  }
  Parse(name, text, file, round);
}

void FileSource::Parse(const std::string& name, const std::string& text, File* file, Round* round) {
  const k8s::Format format =
      absl::EndsWith(name, ".json") ? k8s::Format::kJson : k8s::Format::kYaml;
  const k8s::Manifest manifest = k8s::ParseManifest(text, format);
  if (!manifest.errors.empty()) {
    for (const k8s::TextError& error : manifest.errors) {
      Refuse(name, error.line, error.message, file, round);
    }
    return;
  }
  file->refused = false;
  file->ignored = manifest.ignored;
  ObjectStore::Change change = store_.Replace(name, manifest.objects);
  std::move(change.events.begin(), change.events.end(), std::back_inserter(round->events));
  for (Problem& problem : change.problems) {
    problem.where = absl::StrCat(directory_, "/", problem.where);
    round->problems.push_back(std::move(problem));
  }
}

void FileSource::Refuse(const std::string& name, int line, absl::string_view message, File* file,
                        Round* round) {
  file->refused = true;
  round->problems.push_back({line > 0 ? absl::StrCat(directory_, "/", name, ":", line)
                                      : absl::StrCat(directory_, "/", name),
                             std::string(message)});
}

void FileSource::Remove(const std::string& name, Round* round) {
  if (files_.erase(name) == 0) return;
  ObjectStore::Change change = store_.Replace(name, {});
  std::move(change.events.begin(), change.events.end(), std::back_inserter(round->events));
}

void FileSource::Tell(Round round) {
  {
    absl::MutexLock lock(&mutex_);
    stats_.objects = store_.size();
    stats_.inputs = files_.size();
    stats_.inputs_refused = 0;
    stats_.ignored = 0;
    for (const auto& [name, file] : files_) {
      stats_.inputs_refused += file.refused ? 1 : 0;
      stats_.ignored += static_cast<size_t>(file.ignored);
    }
    stats_.problems += round.problems.size();
  }
  listener_->OnStats(stats());
  for (const Problem& problem : round.problems) listener_->OnProblem(problem);
  if (!round.events.empty()) listener_->OnEvents(round.events);
}

}  // namespace gossamer::source
