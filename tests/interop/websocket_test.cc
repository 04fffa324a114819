// WebSocket between the client and server libraries that most people use, through two proxies.

#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/interop/cases_suite.h"

namespace gossamer::interop_test {
namespace {

constexpr char kFolder[] = "tests/interop/websocket/";

class WebSocketTest : public CasesSuite,
                      public ::testing::WithParamInterface<std::tuple<const char*, const char*>> {
 protected:
  void SetUp() override {
    CasesSuite::SetUp();
    if (started_) return;
    started_ = true;
    StartPrograms();
    for (const char* language : {"python", "node"}) {
      AddServer(language, Program(language, "server", {absl::StrCat(kPort)}));
    }
  }

  static Command Program(const std::string& language, const std::string& part,
                         const Command& arguments) {
    const std::string script = absl::StrCat(kFolder, part);
    return language == "python" ? programs().Python(script + ".py", arguments)
                                : programs().Node(script + ".js", arguments);
  }

  static bool started_;
};

bool WebSocketTest::started_ = false;

TEST_P(WebSocketTest, TalkToEachOther) {
  const auto& [client, server] = GetParam();
  ExpectCases(Program(client, "client", {absl::StrCat("ws://", AddressOf(server))}),
              {"text", "binary", "fragmented", "many", "ping", "server_speaks_first",
               "server_closes", "client_closes", "subprotocol", "compressed"});
}

INSTANTIATE_TEST_SUITE_P(All, WebSocketTest,
                         ::testing::Combine(::testing::Values("python", "node"),
                                            ::testing::Values("python", "node")),
                         [](const auto& info) {
                           return absl::StrCat(std::get<0>(info.param), "_to_",
                                               std::get<1>(info.param));
                         });

}  // namespace
}  // namespace gossamer::interop_test
