#ifndef CLI_TESTING_APP_FIXTURE_H_
#define CLI_TESTING_APP_FIXTURE_H_

#include <memory>
#include <string>
#include <vector>

#include "api/destination/v1/destination.pb.h"
#include "api/viz/v1/viz.pb.h"
#include "cli/version.h"
#include "google/protobuf/text_format.h"
#include "grpcpp/support/status.h"
#include "gtest/gtest.h"

namespace gossamer::cli::testing {

// The message that `text` says in protobuf's text format.
template <typename Message>
Message Parsed(const std::string& text) {
  Message message;
  if (!google::protobuf::TextFormat::ParseFromString(text, &message)) ADD_FAILURE() << text;
  return message;
}

// What a fake of public-api answers, and what it was asked. Nothing is computed.
struct FakeViz {
  linkerd2::viz::StatSummaryResponse stat;
  linkerd2::viz::SelfCheckResponse checks;
  linkerd2::viz::ListPodsResponse pods;
  std::string version = kVersion;
  grpc::Status status;  // Of every answer.
  std::vector<std::string> requests;
};

// What a fake of destination says of every authority but "bad:80", which it refuses.
struct FakeDestination {
  std::vector<io::linkerd::proxy::destination::Update> updates;
};

// What a run of the program left behind.
struct Result {
  int exit_code = 0;
  std::string out;
  std::string err;
};

// For suites that run the whole program, in this process, against a fake public-api and a fake
// destination that answer what the test says.
class AppFixture : public ::testing::Test {
 protected:
  AppFixture();
  ~AppFixture() override;

  // "gossamer --api-addr ADDRESS ARGS"; with `colors`, as on a terminal.
  Result Run(std::vector<std::string> args, bool colors = false);
  // The same with nothing before `args`, whose first is the program's name.
  static Result RunBare(const std::vector<std::string>& args, bool colors = false);

  // Change them between runs only.
  FakeViz viz_;
  FakeDestination destination_;
  std::string address_;  // Of both servers, HOST:PORT.

 private:
  class Servers;

  std::unique_ptr<Servers> servers_;
};

}  // namespace gossamer::cli::testing

#endif  // CLI_TESTING_APP_FIXTURE_H_
