#ifndef TESTS_INTEROP_HTTP_SUITE_H_
#define TESTS_INTEROP_HTTP_SUITE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tests/interop/http_matrix.h"
#include "tests/interop/programs.h"
#include "tests/mesh/fixture.h"

namespace gossamer::interop_test {

// Each of these speaks HTTP/1.1 through the mesh as a server, as a client or as both.
Side Python();
Side PythonHttp10();  // A server that closes after each response, as Python's does by itself.
Side Node();
Side Go();
Side Nginx();
Side NginxHttp10();  // A client: the reverse proxy as it is by itself.
Side Java();

// A mesh with HTTP servers and clients of other people's making: each server a pod with a Service,
// a pod for the clients, and one for nginx as a client.
class HttpSuite : public mesh_test::MeshTest {
 protected:
  static constexpr int kPort = 8080;

  // Once a suite.
  void StartPrograms(const Programs::Options& options, const std::vector<Side>& servers);
  static void TearDownTestSuite();

  // Sends these requests, lines as in README.md, and returns what was seen of each.
  std::vector<Seen> Run(const Pair& pair, const std::vector<std::string>& requests);
  // The same for many pairs at one time; in their order.
  std::vector<std::vector<Seen>> RunAll(const std::vector<Pair>& pairs,
                                        const std::vector<std::string>& requests);
  // The pod that a client runs in.
  harness::Pod* PodOf(const Side& client);

  // The bodies of tests: every scenario that the two can do; and what their connections do.
  void CheckScenarios(const Pair& pair);
  void CheckConnectionsAreKept(const Pair& pair);
  // Requests that come about when their server, which ends connections that are idle for a second,
  // does so: none may fail, whatever its method.
  void CheckNoRequestMeetsAClosedConnection(const std::vector<Pair>& pairs);

 private:
  absl::StatusOr<Command> ServerCommand(const Side& server);
  absl::StatusOr<Command> ClientCommand(const Pair& pair, const std::vector<std::string>& requests);
  void StartEdge(const std::vector<Side>& servers);
  // Where a client finds a server.
  std::string AddressOf(const Pair& pair);

  static std::unique_ptr<Programs> programs_;
  static std::vector<std::string> server_names_;
  static int files_written_;
};

}  // namespace gossamer::interop_test

#endif  // TESTS_INTEROP_HTTP_SUITE_H_
