// Java's HTTP server and client with each other and with all others, through two proxies.

#include <vector>

#include "tests/interop/http_suite.h"

namespace gossamer::interop_test {
namespace {

std::vector<Side> Servers() { return {Java(), Python(), PythonHttp10(), Node(), Go(), Nginx()}; }

std::vector<Pair> Pairs() {
  Side python = Python();
  python.trailers = python.interim = false;
  Side nginx = Nginx();
  nginx.expect = false;
  std::vector<Pair> pairs;
  for (const Side& client : {python, Node(), Go(), nginx, NginxHttp10()}) {
    pairs.push_back({Java(), client});
  }
  for (const Side& server : Servers()) pairs.push_back({server, Java()});
  return pairs;
}

class HttpJavaTest : public HttpSuite {
 protected:
  void SetUp() override {
    HttpSuite::SetUp();
    Programs::Options options;
    options.java = true;
    StartPrograms(options, Servers());
  }
};

class JavaPairTest : public HttpJavaTest, public ::testing::WithParamInterface<Pair> {};

TEST_P(JavaPairTest, SpeakHttp) { CheckScenarios(GetParam()); }

TEST_P(JavaPairTest, KeepConnections) { CheckConnectionsAreKept(GetParam()); }

INSTANTIATE_TEST_SUITE_P(All, JavaPairTest, ::testing::ValuesIn(Pairs()), [](const auto& info) {
  return info.param.client.name + "To" + info.param.server.name;
});

TEST_F(HttpJavaTest, NoRequestMeetsAClosedConnection) {
  std::vector<Pair> pairs;
  for (const Pair& pair : Pairs()) {
    if (pair.server.http11 && pair.client.http11) pairs.push_back(pair);
  }
  CheckNoRequestMeetsAClosedConnection(pairs);
}

}  // namespace
}  // namespace gossamer::interop_test
