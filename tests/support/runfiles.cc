#include "tests/support/runfiles.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace gossamer::harness {
namespace {

constexpr char kWorkspace[] = "gossamer";

// Found once, before anything changes the folder or mounts over it.
std::string FindRoot() {
  for (const char* variable : {"TEST_SRCDIR", "RUNFILES_DIR"}) {
    if (const char* folder = getenv(variable); folder != nullptr && folder[0] == '/') {
      return absl::StrCat(folder, "/", kWorkspace);
    }
  }
  char program[PATH_MAX];
  const ssize_t size = readlink("/proc/self/exe", program, sizeof(program) - 1);
  std::string root(program, size > 0 ? static_cast<size_t>(size) : 0);
  return absl::StrCat(root, ".runfiles/", kWorkspace);
}

}  // namespace

std::string Runfile(absl::string_view path) {
  static const std::string* root = new std::string(FindRoot());
  return absl::StrCat(*root, "/", path);
}

}  // namespace gossamer::harness
