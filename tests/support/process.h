#ifndef TESTS_SUPPORT_PROCESS_H_
#define TESTS_SUPPORT_PROCESS_H_

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace gossamer::harness {

// A program that runs in namespaces and as a user of the caller's choice, with its output in a
// file. Killed and reaped when destroyed. May be used from any one thread at a time.
class Process {
 public:
  struct Options {
    std::string name;               // In messages.
    std::vector<std::string> argv;  // The program's path comes first.
    // The whole environment, NAME=VALUE each: nothing is inherited.
    std::vector<std::string> environment;
    std::string log_path;  // Standard output and error, appended; empty: discarded.
    // Namespaces to enter, by descriptor; -1 stays in the caller's.
    int network_fd = -1;
    int mount_fd = -1;
    unsigned uid = 0;        // Also the gid.
    int open_files_max = 0;  // RLIMIT_NOFILE, hard and soft; 0: the caller's.
  };

  static absl::StatusOr<std::unique_ptr<Process>> Start(const Options& options);

  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  const std::string& name() const { return options_.name; }
  const std::string& log_path() const { return options_.log_path; }
  pid_t pid() const { return pid_; }

  bool Running() { return !Poll().has_value(); }
  // How it ended ("exit code 64", "signal 11"), or nothing while it runs.
  std::optional<std::string> Poll();
  // The exit code (128 + N for signal N), or DeadlineExceeded.
  absl::StatusOr<int> Wait(absl::Duration timeout);
  void Signal(int signal);
  // SIGTERM, then SIGKILL where it has not ended after `grace`.
  void Stop(absl::Duration grace);
  // The last `lines` of its log, for error messages.
  std::string LogTail(int lines = 15) const;

 private:
  explicit Process(Options options) : options_(std::move(options)) {}

  Options options_;
  pid_t pid_ = -1;
  int pidfd_ = -1;
  std::optional<int> wait_status_;
};

// Runs a program to its end and returns what it printed; Internal, with that text, where it
// failed.
absl::StatusOr<std::string> RunCommand(const std::vector<std::string>& argv, int network_fd = -1,
                                       int mount_fd = -1, absl::string_view input = "");

// The path of a system program such as "ip", which need not be on PATH.
std::string SystemProgram(absl::string_view name);

}  // namespace gossamer::harness

#endif  // TESTS_SUPPORT_PROCESS_H_
