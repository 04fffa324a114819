#include "tests/support/process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <deque>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/status/status_macros.h"

namespace gossamer::harness {
namespace {

// What a child needs, laid out before the fork: between fork and exec only system calls are safe.
struct Prepared {
  std::vector<char*> argv;
  std::vector<char*> environment;
};

std::vector<char*> Pointers(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

[[noreturn]] void ExecChild(const Process::Options& options, const Prepared& prepared, int in_fd,
                            int out_fd) {
  setpgid(0, 0);  // A terminal's Ctrl-C is not for it.
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  // Opened as root: the folders above a program may be closed to the user it runs as.
  const int program_fd = options.uid == 0 ? -1 : open(prepared.argv[0], O_PATH | O_CLOEXEC);
  const rlimit open_files = {static_cast<rlim_t>(options.open_files_max),
                             static_cast<rlim_t>(options.open_files_max)};
  const bool ready = (options.uid == 0 || program_fd >= 0) && dup2(in_fd, 0) == 0 &&
                     (options.open_files_max == 0 || setrlimit(RLIMIT_NOFILE, &open_files) == 0) &&
                     dup2(out_fd, 1) == 1 && dup2(out_fd, 2) == 2 &&
                     (options.network_fd < 0 || setns(options.network_fd, CLONE_NEWNET) == 0) &&
                     (options.mount_fd < 0 || setns(options.mount_fd, CLONE_NEWNS) == 0) &&
                     (options.uid == 0 || (setgroups(0, nullptr) == 0 &&
                                           setresgid(options.uid, options.uid, options.uid) == 0 &&
                                           setresuid(options.uid, options.uid, options.uid) == 0));
  if (ready) {
    // Sockets that the caller opened elsewhere are not for it either.
    syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
    if (options.uid == 0) {
      execve(prepared.argv[0], prepared.argv.data(), prepared.environment.data());
    } else {
      syscall(SYS_execveat, program_fd, "", prepared.argv.data(), prepared.environment.data(),
              AT_EMPTY_PATH);
    }
  }
  const char* reason = strerror(errno);
  static constexpr char kText[] = "cannot start: ";
  (void)!write(2, kText, sizeof(kText) - 1);
  (void)!write(2, reason, strlen(reason));
  (void)!write(2, "\n", 1);
  _exit(127);
}

absl::StatusOr<pid_t> Fork(const Process::Options& options, int in_fd, int out_fd) {
  if (options.argv.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("process ", options.name, ": empty argv"));
  }
  const Prepared prepared = {Pointers(options.argv), Pointers(options.environment)};
  const pid_t pid = fork();
  if (pid == 0) ExecChild(options, prepared, in_fd, out_fd);
  if (pid < 0) return absl::InternalError(absl::StrCat("fork: ", strerror(errno)));
  return pid;
}

int ExitCode(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Process>> Process::Start(const Options& options) {
  const int in_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const char* log_path = options.log_path.empty() ? "/dev/null" : options.log_path.c_str();
  const int out_fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (out_fd < 0) {
    const int error = errno;
    close(in_fd);
    return absl::InternalError(absl::StrCat("open ", log_path, ": ", strerror(error)));
  }
  std::unique_ptr<Process> process(new Process(options));
  const absl::StatusOr<pid_t> pid = Fork(options, in_fd, out_fd);
  close(in_fd);
  close(out_fd);
  GOSSAMER_RETURN_IF_ERROR(pid.status());
  process->pid_ = *pid;
  process->pidfd_ = static_cast<int>(syscall(SYS_pidfd_open, *pid, 0));
  return process;
}

Process::~Process() {
  Stop(absl::ZeroDuration());
  if (pidfd_ >= 0) close(pidfd_);
}

std::optional<std::string> Process::Poll() {
  if (!wait_status_.has_value()) {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) wait_status_ = status;
  }
  if (!wait_status_.has_value()) return std::nullopt;
  if (WIFEXITED(*wait_status_)) return absl::StrCat("exit code ", WEXITSTATUS(*wait_status_));
  return absl::StrCat("signal ", WTERMSIG(*wait_status_));
}

absl::StatusOr<int> Process::Wait(absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  while (!Poll().has_value()) {
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) {
      return absl::DeadlineExceededError(absl::StrCat(name(), " still runs"));
    }
    pollfd ended = {pidfd_, POLLIN, 0};
    poll(&ended, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1);
  }
  return ExitCode(*wait_status_);
}

void Process::Signal(int signal) {
  if (Running()) kill(pid_, signal);
}

void Process::Stop(absl::Duration grace) {
  if (pid_ < 0 || !Running()) return;
  if (grace > absl::ZeroDuration()) {
    Signal(SIGTERM);
    if (Wait(grace).ok()) return;
  }
  Signal(SIGKILL);
  (void)Wait(absl::Seconds(10));
}

std::string Process::LogTail(int lines) const {
  std::ifstream file(options_.log_path);
  std::deque<std::string> tail;
  std::string line;
  while (std::getline(file, line)) {
    tail.push_back(line);
    if (static_cast<int>(tail.size()) > lines) tail.pop_front();
  }
  return absl::StrJoin(tail, "\n");
}

absl::StatusOr<std::string> RunCommand(const std::vector<std::string>& argv, int network_fd,
                                       int mount_fd, absl::string_view input) {
  Process::Options options;
  options.name = absl::StrJoin(argv, " ");
  options.argv = argv;
  options.environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
  options.network_fd = network_fd;
  options.mount_fd = mount_fd;
  int in[2];
  int out[2];
  if (pipe2(in, O_CLOEXEC) != 0) return absl::InternalError("pipe");
  if (pipe2(out, O_CLOEXEC) != 0) return absl::InternalError("pipe");
  const absl::StatusOr<pid_t> pid = Fork(options, in[0], out[1]);
  close(in[0]);
  close(out[1]);
  // Inputs are a few lines: they fit into the pipe.
  if (pid.ok()) (void)!write(in[1], input.data(), input.size());
  close(in[1]);
  std::string text;
  char buffer[4096];
  ssize_t count = 0;
  while (pid.ok() && (count = read(out[0], buffer, sizeof(buffer))) > 0) text.append(buffer, count);
  close(out[0]);
  GOSSAMER_RETURN_IF_ERROR(pid.status());
  int status = 0;
  while (waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (ExitCode(status) != 0) {
    return absl::InternalError(
        absl::StrCat(options.name, ": exit code ", ExitCode(status), ": ", text));
  }
  return text;
}

std::string SystemProgram(absl::string_view name) {
  for (const char* folder : {"/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/"}) {
    std::string path = absl::StrCat(folder, name);
    if (access(path.c_str(), X_OK) == 0) return path;
  }
  return absl::StrCat("/usr/sbin/", name);
}

}  // namespace gossamer::harness
