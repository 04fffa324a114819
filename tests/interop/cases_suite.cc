#include "tests/interop/cases_suite.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "nlohmann/json.hpp"
#include "tests/support/process.h"

namespace gossamer::interop_test {

std::unique_ptr<Programs> CasesSuite::programs_;

void CasesSuite::StartPrograms() {
  auto programs = Programs::Create({});
  ASSERT_OK(programs);
  programs_ = *std::move(programs);
  AddPod("client");
}

void CasesSuite::TearDownTestSuite() {
  MeshTest::TearDownTestSuite();
  programs_.reset();
}

void CasesSuite::AddServer(const std::string& name, Command command) {
  harness::Workload workload = TestWorkload(name, {kPort});
  workload.command = std::move(command);
  AddWorkload(workload);
}

std::string CasesSuite::AddressOf(const std::string& server) {
  return absl::StrCat(server, ".test.svc.cluster.local:", kPort);
}

void CasesSuite::ExpectCases(const Command& client, const std::vector<std::string>& cases) {
  const auto output = harness::RunCommand(client, cluster().pod("client")->net().network_fd());
  ASSERT_OK(output);
  std::vector<std::string> run;
  for (absl::string_view line : absl::StrSplit(*output, '\n')) {
    if (!absl::StartsWith(line, "{")) continue;
    const auto seen = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    ASSERT_TRUE(seen.is_object()) << line;
    run.push_back(seen.value("case", ""));
    EXPECT_EQ(seen.value("error", "no word of an error"), "") << "case " << run.back();
  }
  EXPECT_EQ(run, cases) << *output;
}

}  // namespace gossamer::interop_test
