// main() of tests that need a cluster: runs them in namespaces of their own.

#include <cstdio>
#include <string>

#include "gtest/gtest.h"
#include "tests/support/isolation.h"
#include "tests/support/runfiles.h"

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  gossamer::harness::Runfile("");  // Found before the mounts change.
  const absl::StatusOr<int> result = gossamer::harness::RunIsolated([] { return RUN_ALL_TESTS(); });
  if (result.ok()) return *result;
  fprintf(stderr, "%s\n", std::string(result.status().message()).c_str());
  return 1;
}
