// The gRPC interoperability program, server and client in one (linking gRPC twice takes long).
//   grpc_interop serve PORT [MAX_CONNECTION_AGE_MS]
//   grpc_interop cases                 the names of all cases, a line each
//   grpc_interop call ADDRESS CASE     "PASS", or what was other than expected and exit code 1

#include <grpcpp/grpcpp.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "tests/interop/grpc/cases.h"
#include "tests/interop/grpc/server.h"

namespace gossamer::interop {

namespace {

// The library's own limit is 8 KiB, less than the trailers that the cases look at.
constexpr int kMetadataBytesMax = 256 * 1024;

int Call(const std::string& address, const std::string& name) {
  for (const Case& one : AllCases()) {
    if (one.name != name) continue;
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, kMetadataBytesMax);
    Peer peer;
    peer.channel =
        grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
    peer.stub = v1::TestService::NewStub(peer.channel);
    const absl::Status result = one.run(peer);
    std::cout << (result.ok() ? "PASS" : std::string(result.message())) << std::endl;
    return result.ok() ? 0 : 1;
  }
  std::cout << "no case " << name << std::endl;
  return 2;
}

}  // namespace
}  // namespace gossamer::interop

int main(int argc, char** argv) {
  const std::string verb = argc > 1 ? argv[1] : "";
  if (verb == "serve" && (argc == 3 || argc == 4)) {
    return gossamer::interop::Serve(atoi(argv[2]), argc == 4 ? atoi(argv[3]) : 0);
  }
  if (verb == "call" && argc == 4) return gossamer::interop::Call(argv[2], argv[3]);
  if (verb == "cases") {
    for (const auto& one : gossamer::interop::AllCases()) std::cout << one.name << std::endl;
    return 0;
  }
  return 2;
}
