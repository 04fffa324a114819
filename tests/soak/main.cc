// soak: minutes of every kind of traffic, with everything around it coming and going.
//
//   bazel run //tests/soak -- --minutes 10

#include <cstdio>
#include <string>

#include "absl/strings/numbers.h"
#include "tests/soak/soak.h"
#include "tests/support/isolation.h"
#include "tests/support/runfiles.h"

int main(int argc, char** argv) {
  gossamer::soak::Options options;
  double minutes = 0;
  const bool good = argc == 1 || (argc == 3 && std::string(argv[1]) == "--minutes" &&
                                  absl::SimpleAtod(argv[2], &minutes) && minutes > 0);
  if (!good) {
    std::fprintf(stderr, "usage: soak [--minutes NUMBER]\n");
    return 2;
  }
  if (argc == 3) options.duration = absl::Seconds(60 * minutes);
  gossamer::harness::Runfile("");  // Found before the mounts change.
  const auto result =
      gossamer::harness::RunIsolated([&] { return gossamer::soak::RunSoak(options) ? 0 : 1; });
  if (result.ok()) return *result;
  std::fprintf(stderr, "soak: %s\n", std::string(result.status().message()).c_str());
  return 1;
}
