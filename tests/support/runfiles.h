#ifndef TESTS_SUPPORT_RUNFILES_H_
#define TESTS_SUPPORT_RUNFILES_H_

#include <string>

#include "absl/strings/string_view.h"

namespace gossamer::harness {

// The path of a file that this program's target names in `data`: `path` from the root of the
// repository ("proxy/proxy"), or "external/REPOSITORY/...". Works under `bazel test`, under
// `bazel run` and when the program is started by its path. The file need not exist.
std::string Runfile(absl::string_view path);

}  // namespace gossamer::harness

#endif  // TESTS_SUPPORT_RUNFILES_H_
