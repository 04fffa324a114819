// The cases against the reference relay: they can be met, and the library meets them. And against
// the library's connections.

#include "tests/conformance/http1/cases.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "tests/conformance/http1/connection_relay.h"
#include "tests/conformance/http1/reference_relay.h"
#include "tests/conformance/http1/run_case.h"
#include "tests/conformance/http1/scripted_server.h"
#include "tests/conformance/http1/sockets.h"

namespace gossamer::conformance {
namespace {

class Http1CasesTest : public ::testing::TestWithParam<Http1Case> {
 protected:
  std::string Run(const Http1Case& test_case) {
    return RunCase(test_case, {[this] { return Connect(relay_.port()); }}, &server_);
  }

  ScriptedServer server_;
  ReferenceRelay relay_{server_.port()};
};

TEST_P(Http1CasesTest, AreMet) {
  // The reference relay has whole messages only.
  if (GetParam().streams || GetParam().cut_off) return;
  EXPECT_EQ(Run(GetParam()), "");
}

TEST_P(Http1CasesTest, AreMetByConnections) {
  ConnectionRelay connections(server_.port());
  EXPECT_EQ(RunCase(GetParam(), {[&] { return Connect(connections.port()); }}, &server_), "");
}

std::string NameOf(const ::testing::TestParamInfo<Http1Case>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Forwarded, Http1CasesTest, ::testing::ValuesIn(ForwardedCases()), NameOf);
INSTANTIATE_TEST_SUITE_P(Refused, Http1CasesTest, ::testing::ValuesIn(RefusedCases()), NameOf);
INSTANTIATE_TEST_SUITE_P(BadResponse, Http1CasesTest, ::testing::ValuesIn(BadResponseCases()),
                         NameOf);

INSTANTIATE_TEST_SUITE_P(CutOff, Http1CasesTest, ::testing::ValuesIn(CutOffCases()), NameOf);

using RunCaseTest = Http1CasesTest;

// A runner that finds no fault with anything would prove nothing.
TEST_F(RunCaseTest, SeesEachKindOfFault) {
  Http1Case test_case = ForwardedCases()[0];
  ASSERT_EQ(Run(test_case), "");
  test_case.at_server += "x";
  EXPECT_EQ(Run(test_case).substr(0, 11), "server got:");
  test_case = ForwardedCases()[0];
  test_case.at_client += "x";
  EXPECT_EQ(Run(test_case).substr(0, 11), "client got:");
  test_case = RefusedCases()[0];
  test_case.closes = false;
  EXPECT_EQ(Run(test_case).substr(0, 22), "the next request on th");
  test_case.at_client = "200";
  EXPECT_EQ(Run(test_case).substr(0, 15), "client got:\n505");
}

}  // namespace
}  // namespace gossamer::conformance
