#include "tests/interop/grpc/cases.h"

namespace gossamer::interop {

std::vector<Case> AllCases() {
  std::vector<Case> all;
  for (const auto& cases : {UnaryCases(), StreamCases(), StatusCases(), CancellationCases()}) {
    all.insert(all.end(), cases.begin(), cases.end());
  }
  return all;
}

}  // namespace gossamer::interop
