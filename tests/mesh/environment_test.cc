// What the proxy does with an environment that it cannot use.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"
#include "tests/support/folder.h"
#include "tests/support/pki.h"
#include "tests/support/process.h"
#include "tests/support/proxy_environment.h"
#include "tests/support/runfiles.h"

namespace gossamer::mesh_test {
namespace {

using ::testing::HasSubstr;

constexpr int kBadEnvironment = 64;

// Starts the proxy with what the injector sets, changed by `settings`, and expects it to end.
void ExpectRefused(const std::vector<std::string>& settings, const std::string& variable) {
  SCOPED_TRACE(variable);
  const auto root = harness::TrustRoot::Create("root");
  ASSERT_OK(root);
  harness::Workload workload;
  workload.ns = "test";
  workload.name = "bad";
  workload.proxy_environment = settings;
  harness::Process::Options options;
  options.name = "proxy";
  options.argv = {harness::Runfile("proxy/proxy")};
  options.environment =
      harness::ProxyEnvironment({&workload, "bad-1", "10.42.0.2", ""}, root->Pem());
  options.log_path = harness::MakePrivateFolder() + "/log";
  const auto process = harness::Process::Start(options);
  ASSERT_OK(process);
  const auto code = (*process)->Wait(absl::Seconds(10));
  ASSERT_OK(code);
  EXPECT_EQ(*code, kBadEnvironment) << (*process)->LogTail();
  EXPECT_THAT((*process)->LogTail(), HasSubstr(variable));
}

TEST(EnvironmentTest, NamesTheVariableThatIsWrong) {
  for (const char* bad :
       {"INBOUND_LISTEN_ADDR=here", "OUTBOUND_LISTEN_ADDRS=127.0.0.1", "ADMIN_LISTEN_ADDR=:4191",
        "OUTBOUND_CONNECT_TIMEOUT=1.5s", "INBOUND_CONNECT_TIMEOUT=soon", "INBOUND_PORTS=80-70",
        "INBOUND_IPS=10.42.0.0/16", "INBOUND_DEFAULT_POLICY=maybe",
        "POLICY_CLUSTER_NETWORKS=10.0.0.0/33", "SHUTDOWN_ENDPOINT_ENABLED=yes",
        "CONTROL_STREAM_IDLE_TIMEOUT=2h", "DESTINATION_SVC_ADDR=nowhere"}) {
    const std::string setting = absl::StrCat("LINKERD2_PROXY_", bad);
    ExpectRefused({setting}, setting.substr(0, setting.find('=')));
  }
}

TEST(EnvironmentTest, NamesTheVariableThatIsMissing) {
  for (const char* name :
       {"DESTINATION_SVC_ADDR", "DESTINATION_SVC_NAME", "POLICY_SVC_NAME", "POLICY_WORKLOAD",
        "IDENTITY_TRUST_ANCHORS", "IDENTITY_DIR", "IDENTITY_TOKEN_FILE", "IDENTITY_SVC_NAME"}) {
    const std::string variable = absl::StrCat("LINKERD2_PROXY_", name);
    ExpectRefused({variable + "="}, variable);
  }
}

TEST(EnvironmentTest, NamesEveryFaultAtOnce) {
  const std::vector<std::string> bad = {"LINKERD2_PROXY_INBOUND_LISTEN_ADDR=here",
                                        "LINKERD2_PROXY_OUTBOUND_CONNECT_TIMEOUT=1.5s"};
  ExpectRefused(bad, "LINKERD2_PROXY_INBOUND_LISTEN_ADDR");
  ExpectRefused(bad, "LINKERD2_PROXY_OUTBOUND_CONNECT_TIMEOUT");
}

}  // namespace
}  // namespace gossamer::mesh_test
