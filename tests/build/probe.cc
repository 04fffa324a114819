// The smallest program with a version: what the tests of the build rules build, run and ship.

#include <cstdio>
#include <cstring>

#include "tests/build/version.h"

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--version") == 0) {
    std::puts(gossamer::probe::kProgramAndVersion);
    return 0;
  }
  std::fputs("usage: probe --version\n", stderr);
  return 2;
}
