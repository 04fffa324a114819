#ifndef LIB_NET_TESTING_FEW_DESCRIPTORS_H_
#define LIB_NET_TESTING_FEW_DESCRIPTORS_H_

#include <sys/resource.h>

#include <vector>

namespace gossamer::net::testing {

// Leaves the process `spare` descriptors while it lives: RLIMIT_NOFILE is lowered, and the gaps
// below it are filled. Aborts the test where the system refuses.
class FewDescriptors {
 public:
  explicit FewDescriptors(int spare);
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;
  ~FewDescriptors();

 private:
  rlimit before_;
  std::vector<int> fillers_;
};

}  // namespace gossamer::net::testing

#endif  // LIB_NET_TESTING_FEW_DESCRIPTORS_H_
