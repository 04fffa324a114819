#include "lib/net/testing/few_descriptors.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace gossamer::net::testing {
namespace {

void Require(bool good, const char* what) {
  if (good) return;
  std::perror(what);
  std::abort();
}

}  // namespace

FewDescriptors::FewDescriptors(int spare) {
  Require(getrlimit(RLIMIT_NOFILE, &before_) == 0, "getrlimit");
  // New descriptors get the lowest free number: with none free below the limit, there are none.
  constexpr int kLimit = 256;
  rlimit lowered = before_;
  lowered.rlim_cur = kLimit;
  Require(setrlimit(RLIMIT_NOFILE, &lowered) == 0, "setrlimit");
  int fd = -1;
  while ((fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0) fillers_.push_back(fd);
  Require(static_cast<int>(fillers_.size()) >= spare, "too few descriptors to spare");
  for (int i = 0; i < spare; ++i) {
    close(fillers_.back());
    fillers_.pop_back();
  }
}

FewDescriptors::~FewDescriptors() {
  for (const int fd : fillers_) close(fd);
  setrlimit(RLIMIT_NOFILE, &before_);
}

}  // namespace gossamer::net::testing
