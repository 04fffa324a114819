#include "proxy/init/command.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "lib/net/socket.h"

extern char** environ;

namespace gossamer::proxy_init {
namespace {

constexpr size_t kOutputBytesMax = 1 << 20;
constexpr char kSystemPath[] = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin";

struct Pipe {
  static absl::StatusOr<Pipe> Open() {
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe");
    return Pipe{net::UniqueFd(fds[0]), net::UniqueFd(fds[1])};
  }

  net::UniqueFd out;
  net::UniqueFd in;
};

// Reads both pipes to their ends: a program that fills one may wait for the other to be read.
void ReadBoth(int first, std::string* first_text, int second, std::string* second_text) {
  pollfd fds[] = {{first, POLLIN, 0}, {second, POLLIN, 0}};
  std::string* texts[] = {first_text, second_text};
  while (fds[0].fd >= 0 || fds[1].fd >= 0) {
    if (poll(fds, 2, -1) < 0 && errno != EINTR) return;
    for (int i = 0; i < 2; ++i) {
      if (fds[i].fd < 0 || fds[i].revents == 0) continue;
      char buffer[4096];
      const ssize_t size = read(fds[i].fd, buffer, sizeof(buffer));
      if (size < 0 && errno == EINTR) continue;
      if (size <= 0) {
        fds[i].fd = -1;  // poll() leaves it out.
      } else if (texts[i]->size() < kOutputBytesMax) {
        texts[i]->append(buffer, static_cast<size_t>(size));
      }
    }
  }
}

std::string Ending(int status) {
  return WIFEXITED(status) ? absl::StrCat("exit code ", WEXITSTATUS(status))
                           : absl::StrCat("signal ", WTERMSIG(status));
}

// PATH and the folders of system programs, of which images and service managers often leave some
// out.
std::string SearchPath() {
  const char* path = getenv("PATH");
  return path == nullptr ? std::string(kSystemPath) : absl::StrCat(path, ":", kSystemPath);
}

// Our environment with that search path, for programs that run others of their own.
std::vector<std::string> Environment() {
  std::vector<std::string> variables = {absl::StrCat("PATH=", SearchPath())};
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    if (!absl::StartsWith(*variable, "PATH=")) variables.emplace_back(*variable);
  }
  return variables;
}

// A null-terminated array that points into `words`.
std::vector<char*> Pointers(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

absl::StatusOr<pid_t> Spawn(const std::string& path, const std::vector<std::string>& command,
                            int out, int err) {
  const std::vector<std::string> environment = Environment();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out, 1);
  posix_spawn_file_actions_adddup2(&actions, err, 2);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, path.c_str(), &actions, nullptr, Pointers(command).data(),
                                Pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return absl::ErrnoToStatus(error, absl::StrCat("run ", path));
  return pid;
}

}  // namespace

std::string FindProgram(const std::string& program) {
  if (program.find('/') != std::string::npos) return program;
  const std::string folders = SearchPath();
  for (const absl::string_view folder : absl::StrSplit(folders, ':', absl::SkipEmpty())) {
    std::string candidate = absl::StrCat(folder, "/", program);
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return "";
}

absl::StatusOr<std::string> RunCommand(const std::vector<std::string>& command) {
  const std::string path = FindProgram(command.front());
  if (path.empty()) {
    return absl::NotFoundError(absl::StrCat(command.front(), " is not installed"));
  }
  absl::StatusOr<Pipe> out = Pipe::Open();
  if (!out.ok()) return out.status();
  absl::StatusOr<Pipe> err = Pipe::Open();
  if (!err.ok()) return err.status();
  const absl::StatusOr<pid_t> pid = Spawn(path, command, out->in.get(), err->in.get());
  if (!pid.ok()) return pid.status();
  out->in.Reset();
  err->in.Reset();
  std::string output;
  std::string errors;
  ReadBoth(out->out.get(), &output, err->out.get(), &errors);
  int status = 0;
  while (waitpid(*pid, &status, 0) < 0) {
    if (errno != EINTR) return absl::ErrnoToStatus(errno, "waitpid");
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return output;
  return absl::InternalError(absl::StrCat(absl::StrJoin(command, " "), ": ", Ending(status), ": ",
                                          absl::StripAsciiWhitespace(errors)));
}

}  // namespace gossamer::proxy_init
