#include "tests/support/isolation.h"

#include <fcntl.h>
#include <net/if.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <climits>
#include <fstream>
#include <string>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "lib/status/status_macros.h"

namespace gossamer::harness {
namespace {

// The highest id that a pod's process runs as is 65532; the range must contain it.
constexpr unsigned kIdsNeeded = 65536;

constexpr char kUserAdvice[] =
    "; as an ordinary user this needs the package uidmap and a line such as \"USER:100000:65536\" "
    "in "
    "/etc/subuid and in /etc/subgid (useradd writes both); or run it as root";

// Written by the signal handlers of the caller and of the first process: whom to pass signals to.
volatile pid_t forward_to = 0;
volatile sig_atomic_t signals_seen = 0;

void Forward(int signal) {
  if (forward_to <= 0) return;
  signals_seen = signals_seen + 1;
  kill(forward_to, signals_seen > 1 ? SIGKILL : signal);
}

void ForwardSignals() {
  struct sigaction action = {};
  action.sa_handler = Forward;
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
}

absl::Status Errno(absl::string_view what) {
  const int error = errno;
  return absl::InternalError(absl::StrCat("isolation: ", what, ": ", strerror(error)));
}

int ExitCode(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

struct IdRange {
  unsigned first = 0;
  unsigned count = 0;
};

// Reads the range of `user` (by name or number) from /etc/subuid or /etc/subgid.
absl::StatusOr<IdRange> SubordinateRange(const char* path, const std::string& user,
                                         const std::string& number) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    const std::vector<std::string> fields = absl::StrSplit(line, ':');
    IdRange range;
    if (fields.size() == 3 && (fields[0] == user || fields[0] == number) &&
        absl::SimpleAtoi(fields[1], &range.first) && absl::SimpleAtoi(fields[2], &range.count) &&
        range.count >= kIdsNeeded) {
      return range;
    }
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "isolation: ", path, " gives ", user, " no range of ", kIdsNeeded, " ids", kUserAdvice));
}

absl::Status RunMapper(const char* mapper, pid_t child, unsigned own_id, const IdRange& range) {
  const std::vector<std::string> words = {mapper,
                                          absl::StrCat(child),
                                          "0",
                                          absl::StrCat(own_id),
                                          "1",
                                          "1",
                                          absl::StrCat(range.first),
                                          absl::StrCat(kIdsNeeded - 1)};
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    execvp(argv[0], argv.data());
    _exit(127);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  if (ExitCode(status) == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "isolation: ", mapper, ExitCode(status) == 127 ? " is not installed" : " refused the range",
      kUserAdvice));
}

absl::Status MapIds(pid_t child) {
  const uid_t uid = getuid();
  const passwd* entry = getpwuid(uid);
  const std::string user = entry != nullptr ? entry->pw_name : absl::StrCat(uid);
  GOSSAMER_ASSIGN_OR_RETURN(const IdRange uids,
                            SubordinateRange("/etc/subuid", user, absl::StrCat(uid)));
  GOSSAMER_ASSIGN_OR_RETURN(const IdRange gids,
                            SubordinateRange("/etc/subgid", user, absl::StrCat(uid)));
  GOSSAMER_RETURN_IF_ERROR(RunMapper("newuidmap", child, uid, uids));
  return RunMapper("newgidmap", child, getgid(), gids);
}

void MakeFolders(const std::string& path) {
  for (size_t i = 1; i < path.size(); ++i) {
    if (path[i] == '/') mkdir(path.substr(0, i).c_str(), 0755);
  }
}

absl::Status MountPrivateFiles() {
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return Errno("making mounts private");
  }
  if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) {
    return Errno("mounting /proc");
  }
  char resolved[PATH_MAX];
  const std::string resolv_conf =
      realpath("/etc/resolv.conf", resolved) != nullptr ? resolved : "/etc/resolv.conf";
  // Also where iptables keeps its lock.
  if (mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=512m") != 0) {
    return Errno("mounting /run");
  }
  const std::string content =
      absl::StrCat("nameserver ", kDnsAddress, "\noptions timeout:1 attempts:2\n");
  if (absl::StartsWith(resolv_conf, "/run/")) {
    MakeFolders(resolv_conf);
    std::ofstream(resolv_conf) << content;
    return absl::OkStatus();
  }
  std::ofstream("/run/gossamer-resolv.conf") << content;
  if (mount("/run/gossamer-resolv.conf", resolv_conf.c_str(), nullptr, MS_BIND, nullptr) != 0) {
    return Errno(absl::StrCat("mounting over ", resolv_conf));
  }
  return absl::OkStatus();
}

absl::Status LoopbackUp() {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request = {};
  strncpy(request.ifr_name, "lo", IFNAMSIZ - 1);
  request.ifr_flags = IFF_UP;
  const int result = ioctl(fd, SIOCSIFFLAGS, &request);
  close(fd);
  return result == 0 ? absl::OkStatus() : Errno("bringing lo up");
}

// The first process of the namespaces: prepares them, runs `body` in a child and reaps whatever
// is left behind by others. When it ends the kernel kills the rest.
int RunFirstProcess(const std::function<int()>& body) {
  for (const absl::Status& status : {MountPrivateFiles(), LoopbackUp()}) {
    if (status.ok()) continue;
    fprintf(stderr, "%s\n", std::string(status.message()).c_str());
    return 1;
  }
  const pid_t child = fork();
  if (child == 0) {
    for (int signal : {SIGINT, SIGTERM, SIGHUP}) ::signal(signal, SIG_DFL);
    const int result = body();
    fflush(nullptr);
    _exit(result);
  }
  if (child < 0) return 1;
  signals_seen = 0;
  forward_to = child;
  ForwardSignals();
  for (;;) {
    int status = 0;
    const pid_t ended = waitpid(-1, &status, 0);
    if (ended == child) return ExitCode(status);
    if (ended < 0 && errno != EINTR) return 1;
  }
}

}  // namespace

absl::StatusOr<int> RunIsolated(const std::function<int()>& body) {
  const bool as_root = geteuid() == 0;
  int mapped[2];
  if (pipe2(mapped, O_CLOEXEC) != 0) return Errno("pipe");
  fflush(nullptr);
  const unsigned long flags = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWUTS |
                              CLONE_NEWIPC | (as_root ? 0 : CLONE_NEWUSER) | SIGCHLD;
  // As fork(), with namespaces: the child runs on a copy of this stack.
  const pid_t child = static_cast<pid_t>(syscall(SYS_clone, flags, nullptr, nullptr, nullptr, 0));
  if (child < 0) {
    if (errno == EPERM || errno == ENOSPC) {
      return absl::FailedPreconditionError(
          "isolation: the kernel refuses new namespaces to this user (see "
          "user.max_user_namespaces and kernel.apparmor_restrict_unprivileged_userns); run as "
          "root");
    }
    return Errno("clone");
  }
  if (child == 0) {
    close(mapped[1]);
    char go = 0;
    if (read(mapped[0], &go, 1) != 1) _exit(1);  // The caller is gone or could not map ids.
    if (!as_root && (setresgid(0, 0, 0) != 0 || setresuid(0, 0, 0) != 0)) _exit(1);
    // After the change of ids, which clears it.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // A terminal's Ctrl-C reaches the caller only, which passes it on once.
    setpgid(0, 0);
    _exit(RunFirstProcess(body));
  }
  close(mapped[0]);
  absl::Status ids = as_root ? absl::OkStatus() : MapIds(child);
  if (ids.ok()) {
    signals_seen = 0;
    forward_to = child;
    ForwardSignals();
    if (write(mapped[1], "x", 1) != 1) ids = Errno("starting");
  }
  close(mapped[1]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  forward_to = 0;
  if (!ids.ok()) return ids;
  return ExitCode(status);
}

}  // namespace gossamer::harness
