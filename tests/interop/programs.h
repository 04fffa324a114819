#ifndef TESTS_INTEROP_PROGRAMS_H_
#define TESTS_INTEROP_PROGRAMS_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace gossamer::interop_test {

using Command = std::vector<std::string>;

// Other people's programs, from the packages that //third_party:programs_root (and java_root)
// pins, as commands that run in any pod and for any user.
//
// Bazel's folders may be closed to a pod's user, and some programs look for their files under
// fixed paths: the packages are mounted where all can read them. To be made inside RunIsolated(),
// before the pods that use it; what it mounts goes with the namespaces.
class Programs {
 public:
  struct Options {
    bool java = false;  // Where the test has java_root among its data.
  };
  static absl::StatusOr<std::unique_ptr<Programs>> Create(const Options& options);

  // A script, by its path in the repository, and its arguments.
  Command Python(const std::string& script, const Command& arguments);
  Command Node(const std::string& script, const Command& arguments);
  // The program of tests/interop/http/go.
  Command Go(const Command& arguments) const;
  // The program of tests/interop/http/java, compiled when it is first asked for.
  absl::StatusOr<Command> Java(const Command& arguments);
  // nginx with this configuration, where @FOLDER@ stands for a folder that it may write to, and
  // @ROOT@ for the packages'.
  absl::StatusOr<Command> Nginx(const std::string& name, const std::string& configuration);

  const std::string& folder() const { return folder_; }
  // A file in folder(), which all can read.
  absl::StatusOr<std::string> WriteFile(const std::string& name, absl::string_view text);

 private:
  explicit Programs(std::string folder) : folder_(std::move(folder)) {}
  // The path of a copy that all can read.
  std::string Copy(const std::string& runfile);

  const std::string folder_;
  std::map<std::string, std::string> copies_;
  std::string java_classes_;
};

// The text of a runfile.
absl::StatusOr<std::string> ReadRunfile(const std::string& path);

}  // namespace gossamer::interop_test

#endif  // TESTS_INTEROP_PROGRAMS_H_
