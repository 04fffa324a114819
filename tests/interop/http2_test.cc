// HTTP/2 with prior knowledge between Node's client and server, through two proxies.

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/interop/cases_suite.h"

namespace gossamer::interop_test {
namespace {

class Http2ProgramsTest : public CasesSuite {};

TEST_F(Http2ProgramsTest, TalkToEachOther) {
  StartPrograms();
  AddServer("node", programs().Node("tests/interop/http2/server.js", {absl::StrCat(kPort)}));
  ExpectCases(programs().Node("tests/interop/http2/client.js", {AddressOf("node")}),
              {"headers", "many_streams_of_one_session", "large_response", "large_echo",
               "trailers_both_ways", "interim_response", "server_resets_after_a_beginning",
               "server_resets_before_a_response", "client_resets", "slow_reader_holds_up_nobody",
               "ping", "server_goes_away"});
}

}  // namespace
}  // namespace gossamer::interop_test
