// HTTP/1 between servers and clients of other people's making, through two proxies: bodies,
// keep-alive, hop-by-hop fields, trailers, interim responses.

#include <vector>

#include "tests/interop/http_suite.h"

namespace gossamer::interop_test {
namespace {

std::vector<Side> Servers() { return {Python(), PythonHttp10(), Node(), Go(), Nginx()}; }

std::vector<Side> Clients() {
  // What these clients do not show of a response.
  Side python = Python();
  python.trailers = python.interim = false;
  Side nginx = Nginx();
  nginx.expect = false;
  return {python, Node(), Go(), nginx, NginxHttp10()};
}

std::vector<Pair> Pairs() {
  std::vector<Pair> pairs;
  for (const Side& server : Servers()) {
    for (const Side& client : Clients()) pairs.push_back({server, client});
  }
  return pairs;
}

class HttpProgramsTest : public HttpSuite {
 protected:
  void SetUp() override {
    HttpSuite::SetUp();
    StartPrograms({}, Servers());
  }
};

class HttpPairTest : public HttpProgramsTest, public ::testing::WithParamInterface<Pair> {};

TEST_P(HttpPairTest, SpeakHttp) { CheckScenarios(GetParam()); }

TEST_P(HttpPairTest, KeepConnections) { CheckConnectionsAreKept(GetParam()); }

INSTANTIATE_TEST_SUITE_P(All, HttpPairTest, ::testing::ValuesIn(Pairs()), [](const auto& info) {
  return info.param.client.name + "To" + info.param.server.name;
});

TEST_F(HttpProgramsTest, NoRequestMeetsAClosedConnection) {
  std::vector<Pair> pairs;
  for (const Pair& pair : Pairs()) {
    if (pair.server.http11 && pair.client.http11) pairs.push_back(pair);
  }
  CheckNoRequestMeetsAClosedConnection(pairs);
}

}  // namespace
}  // namespace gossamer::interop_test
