// The cases against the library's own server connection.

#include "tests/conformance/http2/cases.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/conformance/http1/sockets.h"
#include "tests/conformance/http2/flow_control.h"
#include "tests/conformance/http2/reflect_server.h"
#include "tests/conformance/http2/run_case.h"

namespace gossamer::conformance {
namespace {

int ListenAnywhere() {
  uint16_t port = 0;
  return Listen(&port);
}

class Http2CasesTest : public ::testing::TestWithParam<Http2Case> {
 protected:
  ReflectServer server_{ListenAnywhere(), ReflectServer::Protocol::kHttp2};
  const Http2Target target_{[this] { return Connect(server_.port()); }, &server_};
};

TEST_P(Http2CasesTest, AreMet) { EXPECT_EQ(RunHttp2Case(GetParam(), target_), ""); }

template <typename Case>
std::string NameOf(const ::testing::TestParamInfo<Case>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Frames, Http2CasesTest, ::testing::ValuesIn(FrameCases()),
                         NameOf<Http2Case>);
INSTANTIATE_TEST_SUITE_P(Messages, Http2CasesTest, ::testing::ValuesIn(MessageCases()),
                         NameOf<Http2Case>);

class FlowControlTest : public ::testing::TestWithParam<FlowControlCase> {};

TEST_P(FlowControlTest, IsMet) {
  ReflectServer server(ListenAnywhere(), ReflectServer::Protocol::kHttp2);
  EXPECT_EQ(GetParam().run({[&] { return Connect(server.port()); }, &server}), "");
}

INSTANTIATE_TEST_SUITE_P(All, FlowControlTest, ::testing::ValuesIn(FlowControlCases()),
                         NameOf<FlowControlCase>);

using RunHttp2CaseTest = Http2CasesTest;

// A runner that finds no fault with anything would prove nothing.
TEST_F(RunHttp2CaseTest, SeesEachKindOfFault) {
  using Outcome = Http2Case::Outcome;
  Http2Case c;
  c.frames = HeadersFrame(1, RequestFields());
  c.reaches_server = true;
  EXPECT_EQ(RunHttp2Case(c, target_), "");
  c.reaches_server = false;
  EXPECT_EQ(RunHttp2Case(c, target_), "the server has seen a request");
  c.seen = "POST";
  EXPECT_EQ(RunHttp2Case(c, target_).substr(0, 14), "got status 200");
  c.outcome = Outcome::kStreamError;
  c.codes = {kProtocolError};
  EXPECT_EQ(RunHttp2Case(c, target_).substr(0, 14), "got status 200");
  c.frames = RstStreamFrame(1, kCancel);
  c.outcome = Outcome::kConnectionError;
  EXPECT_EQ(RunHttp2Case(c, target_), "");
  c.codes = {kCancel};
  EXPECT_EQ(RunHttp2Case(c, target_), "the connection is closed, GOAWAY 1");
  c.outcome = Outcome::kIgnored;
  EXPECT_EQ(RunHttp2Case(c, target_).substr(0, 20), "the next request got");
}

}  // namespace
}  // namespace gossamer::conformance
