#ifndef LIB_HTTP_HTTP1_TESTING_FUZZ_CHECK_H_
#define LIB_HTTP_HTTP1_TESTING_FUZZ_CHECK_H_

#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"

// Ends the fuzzer, in every build, if an invariant does not hold.
#define FUZZ_CHECK(condition)                                                      \
  do {                                                                             \
    if (!(condition)) {                                                            \
      std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                \
    }                                                                              \
  } while (false)

namespace gossamer::http1 {

// `pieces` is what parsing in pieces gave and `whole` what parsing at once did. Only the judgement
// of a line that is longer than 1 KiB, and not yet complete, may be left for later.
inline void CheckSameUnlessLate(const std::string& whole, const std::string& pieces,
                                absl::string_view input) {
  if (whole == pieces) return;
  const bool late = pieces == "incomplete" && whole.substr(0, 6) == "error " && input.size() > 1024;
  if (late) return;
  std::fprintf(stderr, "whole:  %s\npieces: %s\n", whole.c_str(), pieces.c_str());
  std::abort();
}

}  // namespace gossamer::http1

#endif  // LIB_HTTP_HTTP1_TESTING_FUZZ_CHECK_H_
