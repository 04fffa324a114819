#ifndef TESTS_INTEROP_GRPC_CASES_H_
#define TESTS_INTEROP_GRPC_CASES_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tests/interop/grpc/interop.grpc.pb.h"

namespace gossamer::interop {

// What a case calls: all over one channel.
struct Peer {
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<v1::TestService::Stub> stub;
};

// One case: OK, or what was other than expected.
struct Case {
  std::string name;
  std::function<absl::Status(const Peer& peer)> run;
};

// Each file's, with the names of the public description where it has the case.
std::vector<Case> UnaryCases();
std::vector<Case> StreamCases();
std::vector<Case> StatusCases();
std::vector<Case> CancellationCases();

std::vector<Case> AllCases();

}  // namespace gossamer::interop

#endif  // TESTS_INTEROP_GRPC_CASES_H_
