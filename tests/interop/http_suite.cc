#include "tests/interop/http_suite.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "lib/status/status_macros.h"
#include "tests/support/process.h"

namespace gossamer::interop_test {
namespace {

constexpr char kKeepAliveSeconds[] = "1";
constexpr char kFolder[] = "tests/interop/http/";
// Ports of nginx as a client: two for each server, from here on.
constexpr int kEdgePort = 9000;
// No client needs as long for all its requests, unless something hangs.
constexpr absl::Duration kPatience = absl::Seconds(60);

// What nginx serves from files.
constexpr int kFileSizes[] = {10000, 300000, 3000000};

std::string Body(size_t size) {
  std::string body(size, 0);
  for (size_t i = 0; i < size; ++i) body[i] = static_cast<char>('a' + i % 26);
  return body;
}

// A client's lines of JSON; the rest of its output is for people.
std::vector<Seen> Parse(const std::string& output) {
  std::vector<Seen> all;
  for (absl::string_view line : absl::StrSplit(output, '\n')) {
    if (!absl::StartsWith(line, "{")) continue;
    all.push_back(Seen::parse(line, nullptr, /*allow_exceptions=*/false));
  }
  return all;
}

bool IsNginx(const Side& side) { return side.language == "nginx"; }

}  // namespace

Side Python() {
  Side side{"Python", "python"};
  side.trailers = side.interim = side.expect = side.refuses = true;
  return side;
}

Side PythonHttp10() {
  Side side{"PythonHttp10", "python"};
  side.http11 = false;
  return side;
}

Side Node() {
  Side side{"Node", "node"};
  side.trailers = side.interim = side.expect = side.refuses = true;
  return side;
}

Side Go() {
  Side side{"Go", "go"};
  side.trailers = side.interim = side.expect = side.refuses = true;
  return side;
}

Side Nginx() {
  Side side{"Nginx", "nginx"};
  side.expect = true;
  side.own_headers = false;
  return side;
}

Side NginxHttp10() {
  Side side{"NginxHttp10", "nginx"};
  side.http11 = side.own_headers = false;
  return side;
}

Side Java() {
  Side side{"Java", "java"};
  side.expect = true;
  return side;
}

std::unique_ptr<Programs> HttpSuite::programs_;
std::vector<std::string> HttpSuite::server_names_;
int HttpSuite::files_written_ = 0;

void HttpSuite::StartPrograms(const Programs::Options& options, const std::vector<Side>& servers) {
  if (programs_ != nullptr) return;
  auto programs = Programs::Create(options);
  ASSERT_OK(programs);
  programs_ = *std::move(programs);
  for (const Side& server : servers) {
    auto command = ServerCommand(server);
    ASSERT_OK(command);
    harness::Workload workload = TestWorkload(absl::AsciiStrToLower(server.name), {kPort});
    workload.command = *std::move(command);
    AddWorkload(workload);
    server_names_.push_back(server.name);
  }
  AddPod("client");
  StartEdge(servers);
}

void HttpSuite::TearDownTestSuite() {
  MeshTest::TearDownTestSuite();
  programs_.reset();
  server_names_.clear();
}

absl::StatusOr<Command> HttpSuite::ServerCommand(const Side& server) {
  const std::string port = absl::StrCat(kPort);
  if (server.language == "python") {
    Command arguments = {port, kKeepAliveSeconds};
    if (!server.http11) arguments.push_back("HTTP/1.0");
    return programs_->Python(absl::StrCat(kFolder, "server.py"), arguments);
  }
  if (server.language == "node") {
    return programs_->Node(absl::StrCat(kFolder, "server.js"), {port, kKeepAliveSeconds});
  }
  if (server.language == "go") return programs_->Go({"serve", port, kKeepAliveSeconds});
  if (server.language == "java") return programs_->Java({"serve", port});
  GOSSAMER_ASSIGN_OR_RETURN(const std::string configuration,
                            ReadRunfile(absl::StrCat(kFolder, "nginx_server.conf")));
  for (int size : kFileSizes) {
    GOSSAMER_RETURN_IF_ERROR(
        programs_->WriteFile(absl::StrCat("files/", size), Body(size)).status());
  }
  return programs_->Nginx(
      "nginx", absl::StrReplaceAll(
                   configuration, {{"@PORT@", port}, {"@FILES@", programs_->folder() + "/files"}}));
}

void HttpSuite::StartEdge(const std::vector<Side>& servers) {
  const auto frame = ReadRunfile(absl::StrCat(kFolder, "nginx_edge.conf"));
  const auto part = ReadRunfile(absl::StrCat(kFolder, "nginx_edge_server.conf"));
  ASSERT_OK(frame);
  ASSERT_OK(part);
  std::string parts;
  for (size_t i = 0; i < servers.size(); ++i) {
    const std::string name = absl::AsciiStrToLower(servers[i].name);
    const int port = kEdgePort + static_cast<int>(2 * i);
    absl::StrAppend(
        &parts, absl::StrReplaceAll(
                    *part, {{"@SERVER@", name},
                            {"@ADDRESS@", absl::StrCat(name, ".test.svc.cluster.local:", kPort)},
                            {"@PORT_11@", absl::StrCat(port)},
                            {"@PORT_10@", absl::StrCat(port + 1)}}));
  }
  auto command = programs_->Nginx("edge", absl::StrReplaceAll(*frame, {{"@SERVERS@", parts}}));
  ASSERT_OK(command);
  harness::Workload edge = TestWorkload("edge", {kEdgePort});
  edge.command = *std::move(command);
  AddWorkload(edge);
}

std::string HttpSuite::AddressOf(const Pair& pair) {
  if (!IsNginx(pair.client)) {
    return absl::StrCat(absl::AsciiStrToLower(pair.server.name), ".test.svc.cluster.local:", kPort);
  }
  const auto at = std::find(server_names_.begin(), server_names_.end(), pair.server.name);
  const int index = static_cast<int>(at - server_names_.begin());
  return absl::StrCat("127.0.0.1:", kEdgePort + 2 * index + (pair.client.http11 ? 0 : 1));
}

harness::Pod* HttpSuite::PodOf(const Side& client) {
  return cluster().pod(IsNginx(client) ? "edge" : "client");
}

absl::StatusOr<Command> HttpSuite::ClientCommand(const Pair& pair,
                                                 const std::vector<std::string>& requests) {
  GOSSAMER_ASSIGN_OR_RETURN(
      const std::string file,
      programs_->WriteFile(absl::StrCat("requests-", ++files_written_),
                           absl::StrCat(absl::StrJoin(requests, "\n"), "\n")));
  const Command arguments = {AddressOf(pair), file};
  if (pair.client.language == "python") {
    return programs_->Python(absl::StrCat(kFolder, "client.py"), arguments);
  }
  if (pair.client.language == "node") {
    return programs_->Node(absl::StrCat(kFolder, "client.js"), arguments);
  }
  if (pair.client.language == "java") {
    return programs_->Java({"call", arguments[0], arguments[1]});
  }
  // Go's own, or what makes nginx ask.
  return programs_->Go({"call", arguments[0], arguments[1]});
}

std::vector<std::vector<Seen>> HttpSuite::RunAll(const std::vector<Pair>& pairs,
                                                 const std::vector<std::string>& requests) {
  std::vector<std::unique_ptr<harness::Process>> clients;
  for (const Pair& pair : pairs) {
    const auto command = ClientCommand(pair, requests);
    EXPECT_OK(command);
    if (!command.ok()) return {};
    harness::Process::Options options;
    options.name = absl::StrCat(pair.client.name, " to ", pair.server.name);
    options.argv = *command;
    options.log_path = absl::StrCat(programs_->folder(), "/client-", files_written_, ".log");
    options.network_fd = PodOf(pair.client)->net().network_fd();
    auto client = harness::Process::Start(options);
    EXPECT_OK(client);
    if (!client.ok()) return {};
    clients.push_back(*std::move(client));
  }
  std::vector<std::vector<Seen>> all;
  for (const auto& client : clients) {
    const auto code = client->Wait(kPatience);
    EXPECT_OK(code) << client->name();
    if (code.ok()) EXPECT_EQ(*code, 0) << client->name() << ": " << client->LogTail();
    std::ostringstream output;
    output << std::ifstream(client->log_path()).rdbuf();
    all.push_back(Parse(output.str()));
    EXPECT_EQ(all.back().size(), requests.size()) << client->name() << ": " << client->LogTail();
    all.back().resize(requests.size());
  }
  return all;
}

std::vector<Seen> HttpSuite::Run(const Pair& pair, const std::vector<std::string>& requests) {
  const auto all = RunAll({pair}, requests);
  return all.empty() ? std::vector<Seen>(requests.size()) : all[0];
}

void HttpSuite::CheckScenarios(const Pair& pair) {
  std::vector<const Scenario*> scenarios;
  std::vector<std::string> requests;
  for (const Scenario& scenario : Scenarios()) {
    if (!scenario.applies(pair)) continue;
    scenarios.push_back(&scenario);
    requests.push_back(scenario.request);
  }
  const std::vector<Seen> seen = Run(pair, requests);
  for (size_t i = 0; i < scenarios.size(); ++i) {
    SCOPED_TRACE(absl::StrCat(pair.client.name, " to ", pair.server.name, ": ", scenarios[i]->name,
                              ": ", scenarios[i]->request));
    scenarios[i]->check(seen[i], pair);
  }
}

void HttpSuite::CheckConnectionsAreKept(const Pair& pair) {
  constexpr int kRequests = 50;
  harness::Pod* const client = PodOf(pair.client);
  harness::Pod* const server = cluster().pod(absl::AsciiStrToLower(pair.server.name));
  const harness::SampleFilter accepted = {"tcp_open_total",
                                          {{"direction", "outbound"}, {"peer", "src"}}};
  const harness::SampleFilter dialled = {"tcp_open_total",
                                         {{"direction", "inbound"}, {"peer", "dst"}}};
  const double accepted_before = Metric(client, accepted);
  const double dialled_before = Metric(server, dialled);
  const std::vector<Seen> seen = Run(pair, {absl::StrCat("GET /hello times=", kRequests)});
  EXPECT_EQ(seen[0].value("failed", -1), 0) << seen[0];
  const double accepted_now = Metric(client, accepted) - accepted_before;
  const double dialled_now = Metric(server, dialled) - dialled_before;
  if (pair.client.http11) {
    // nginx keeps a connection of its own from before.
    EXPECT_LE(accepted_now, 1);
  } else {
    EXPECT_EQ(accepted_now, kRequests);
  }
  if (pair.client.http11 && pair.server.http11) {
    // A stall of a second makes a server end one.
    EXPECT_LE(dialled_now, kRequests / 2);
  } else {
    // HTTP/1.0 is passed on as such, a connection a request. The first may end one that was kept
    // from before; and a server is dialled, too, while a client is slow to say what it speaks.
    EXPECT_GE(dialled_now, kRequests - 1);
  }
}

void HttpSuite::CheckNoRequestMeetsAClosedConnection(const std::vector<Pair>& pairs) {
  const std::vector<std::string> requests = {
      // A server's habit is learned from the first connection that it ends: here, one on which
      // nothing is about to be sent.
      "GET /hello connections=6 times=2 gap=1500",
      "GET /hello connections=6 times=5 gap=960 spread=80",
      "POST /echo body=100 connections=6 times=5 gap=960 spread=80",
  };
  const auto all = RunAll(pairs, requests);
  ASSERT_EQ(all.size(), pairs.size());
  for (size_t i = 0; i < pairs.size(); ++i) {
    for (size_t j = 0; j < requests.size(); ++j) {
      SCOPED_TRACE(
          absl::StrCat(pairs[i].client.name, " to ", pairs[i].server.name, ": ", requests[j]));
      EXPECT_EQ(all[i][j].value("done", -1), j == 0 ? 12 : 30);
      EXPECT_EQ(all[i][j].value("failed", -1), 0) << all[i][j].value("error", "");
    }
  }
}

}  // namespace gossamer::interop_test
