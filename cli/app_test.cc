// The program as such: its command lines, how it fails, and what it says of itself.

#include "cli/app.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "api/viz/v1/viz.pb.h"
#include "cli/testing/app_fixture.h"
#include "cli/version.h"
#include "gmock/gmock.h"
#include "grpcpp/support/status.h"
#include "gtest/gtest.h"

namespace gossamer::cli {
namespace {

namespace viz = linkerd2::viz;
using ::testing::HasSubstr;
using testing::Parsed;
using testing::Result;
using ::testing::StartsWith;

class AppTest : public testing::AppFixture {};

TEST_F(AppTest, WrongCommandLinesEndWithTwoAndSayWhy) {
  const struct {
    std::vector<std::string> args;
    const char* message;
  } kBad[] = {
      {{}, "Error: A subcommand is required"},
      {{"stats"}, "unknown command or flag \"stats\""},
      {{"--nope"}, "unknown command or flag \"--nope\""},
      {{"stat"}, "Error: No resource arguments provided"},
      {{"stat", "deplo"}, "cannot find Kubernetes canonical name from friendly name [deplo]"},
      {{"stat", "deploy", "--nope"}, "--nope"},
      {{"stat", "deploy", "-o", "yaml"}, "--output"},
      {{"stat", "deploy", "--to", "po/a", "--from", "po/b"},
       "--to and --from flags are mutually exclusive"},
      {{"stat", "deploy", "--to-namespace", "a", "--from-namespace", "b"},
       "--to-namespace and --from-namespace flags are mutually exclusive"},
      {{"stat", "deploy", "-A", "-n", "x"},
       "--all-namespaces and --namespace flags are mutually exclusive"},
      {{"stat", "ns", "-n", "x"}, "--namespace flag is incompatible with namespace resource type"},
      {{"stat", "ns", "--to", "po", "--to-namespace", "x"},
       "--to-namespace flag is incompatible with namespace resource type"},
      {{"stat", "deploy/web", "-A"},
       "stats for a resource cannot be retrieved by name across all namespaces"},
      {{"stat", "deploy", "-t", "10s"}, "metrics time window needs to be at least 15s"},
      {{"stat", "deploy", "-t", "soon"}, "invalid time window \"soon\""},
      {{"check", "-o", "yaml"}, "--output"},
      {{"check", "--wait", "soon"}, "--wait soon: expected a duration"},
      {{"completion"}, "SHELL"},
      {{"completion", "tcsh"}, "tcsh"},
      {{"diagnostics"}, "A subcommand is required"},
      {{"diagnostics", "endpoints"}, "AUTHORITY"},
      {{"diagnostics", "endpoints", "web"}, "authority \"web\": expected HOST:PORT"},
      {{"diagnostics", "endpoints", "web:0"}, "expected HOST:PORT"},
      {{"diagnostics", "proxy-metrics"}, "--proxy-addr HOST:PORT"},
      {{"diagnostics", "proxy-metrics", "x"}, "friendly name [x]"},
  };
  for (const auto& bad : kBad) {
    const Result result = Run(bad.args);
    EXPECT_EQ(result.exit_code, 2) << bad.message << result.err;
    EXPECT_THAT(result.err, StartsWith("Error: "));
    EXPECT_THAT(result.err, HasSubstr(bad.message));
    EXPECT_EQ(result.out, "");
  }
}

TEST_F(AppTest, ErrorsOfTheServerAreShownWithItsAddress) {
  viz_.status = {grpc::StatusCode::UNAVAILABLE, "Prometheus at http://p:9090: cannot connect"};
  const Result failed = Run({"stat", "deploy"});
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_THAT(failed.err, HasSubstr("Prometheus at http://p:9090"));

  viz_.status = grpc::Status::OK;
  viz_.stat = Parsed<viz::StatSummaryResponse>(R"(error { error: "not like this" })");
  EXPECT_EQ(Run({"stat", "deploy"}).err, "Error: not like this\n");

  const Result unreachable = RunBare({"gossamer", "--api-addr", "127.0.0.1:1", "stat", "deploy"});
  EXPECT_EQ(unreachable.exit_code, 1);
  EXPECT_EQ(unreachable.err,
            "Error: cannot connect to public-api at 127.0.0.1:1: is it running? Give its address "
            "with --api-addr\n");
}

TEST_F(AppTest, TakesTheAddressFromTheEnvironmentAndAfterTheCommand) {
  EXPECT_EQ(RunBare({"gossamer", "stat", "deploy", "--api-addr", address_}).exit_code, 0);
  setenv("GOSSAMER_API_ADDR", address_.c_str(), 1);
  EXPECT_EQ(RunBare({"gossamer", "stat", "deploy"}).exit_code, 0);
  unsetenv("GOSSAMER_API_ADDR");
}

TEST_F(AppTest, VersionTellsBothSides) {
  viz_.version = "9.9.9";
  const std::string version = kVersion;
  EXPECT_EQ(Run({"version"}).out, "Client version: " + version + "\nServer version: 9.9.9\n");
  EXPECT_EQ(Run({"version", "--short"}).out, version + "\n9.9.9\n");
  EXPECT_EQ(Run({"version", "--client", "--short"}).out, version + "\n");
  const Result away = RunBare({"gossamer", "version", "--api-addr", "127.0.0.1:1"});
  EXPECT_EQ(away.exit_code, 0);
  EXPECT_EQ(away.out, "Client version: " + version + "\nServer version: unavailable\n");
  EXPECT_EQ(RunBare({"gossamer", "--version"}).out, "gossamer " + version + "\n");
}

TEST_F(AppTest, EveryCommandHasHelpWithExamples) {
  const std::vector<std::vector<std::string>> kCommands = {{},
                                                           {"stat"},
                                                           {"check"},
                                                           {"version"},
                                                           {"diagnostics"},
                                                           {"diagnostics", "endpoints"},
                                                           {"completion"},
                                                           {"diagnostics", "proxy-metrics"}};
  for (std::vector<std::string> command : kCommands) {
    command.push_back("--help");
    const Result result = Run(command);
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_THAT(result.out, HasSubstr("Examples:\n  ")) << command.front();
    EXPECT_EQ(result.err, "");
  }
}

TEST_F(AppTest, CompletionScriptsNameCommandsFlagsAndTypes) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = Run({"completion", shell}).out;
    for (const char* word :
         {"diagnostics", "proxy-metrics", "time-window", "statefulset", "wide"}) {
      EXPECT_THAT(script, HasSubstr(word)) << shell;
    }
  }
}

TEST_F(AppTest, TheBashScriptCompletes) {
  const std::string path = std::string(std::getenv("TEST_TMPDIR")) + "/completion.bash";
  std::ofstream(path) << Run({"completion", "bash"}).out;
  const auto complete = [&](const std::string& words) {
    const std::string out = path + ".out";
    const std::string command = absl::StrCat(
        "bash -c 'source ", path, " && COMP_WORDS=(", words,
        ") && COMP_CWORD=$((${#COMP_WORDS[@]}-1)) && _gossamer && echo ${COMPREPLY[@]}' > ", out);
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    std::stringstream text;
    text << std::ifstream(out).rdbuf();
    return text.str();
  };
  EXPECT_EQ(complete("gossamer st"), "stat\n");
  EXPECT_EQ(complete("gossamer stat deplo"), "deployment deploy\n");
  EXPECT_EQ(complete("gossamer stat -o w"), "wide\n");
  EXPECT_EQ(complete("gossamer dg p"), "proxy-metrics\n");
  EXPECT_EQ(complete("gossamer dg ep --dest"), "--destination-addr\n");
}

}  // namespace
}  // namespace gossamer::cli
