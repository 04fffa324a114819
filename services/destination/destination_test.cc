// The program itself: a folder, two listeners, signals.

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "api/destination/v1/destination.grpc.pb.h"
#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "services/destination/cluster/cluster_testing.h"

extern char** environ;

namespace gossamer::destination {
namespace {

namespace dst = io::linkerd::proxy::destination;
using testing::HasSubstr;

constexpr char kProgram[] = "services/destination/destination";

int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), length), 0);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  close(fd);
  return ntohs(address.sin_port);
}

class DestinationTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = absl::StrCat(testing::TempDir(), "/destination.XXXXXX");
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    std::filesystem::create_directory(root_ + "/manifests");
  }
  void TearDown() override {
    if (pid_ > 0) kill(pid_, SIGKILL);
    if (pid_ > 0) waitpid(pid_, nullptr, 0);
    std::filesystem::remove_all(root_);
  }

  void Spawn(const std::vector<std::string>& arguments) {
    std::vector<std::string> words = {kProgram};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    const std::string log = root_ + "/log";
    posix_spawn_file_actions_addopen(&actions, 2, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ASSERT_EQ(posix_spawn(&pid_, kProgram, &actions, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
  }
  void Start() {
    const std::string address = absl::StrCat("127.0.0.1:", FreePort());
    Spawn({"--manifests", root_ + "/manifests", "--grpc-addr", address, "--policy-addr",
           absl::StrCat("127.0.0.1:", FreePort()), "--admin-addr",
           absl::StrCat("127.0.0.1:", FreePort())});
    channel_ = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
    ASSERT_TRUE(channel_->WaitForConnected(absl::ToChronoTime(absl::Now() + absl::Seconds(30))));
    dst::GetDestination request;
    request.set_path("web.demo.svc.cluster.local:80");
    stub_ = dst::Destination::NewStub(channel_);
    reader_ = stub_->Get(&context_, request);
  }
  void Write(const std::string& name, const std::string& text) {
    const std::string path = absl::StrCat(root_, "/manifests/", name);
    std::ofstream(path + ".new") << text;
    std::filesystem::rename(path + ".new", path);
  }
  dst::Update Next() {
    dst::Update update;
    EXPECT_TRUE(reader_->Read(&update));
    return update;
  }
  std::string Log() {
    std::ifstream file(root_ + "/log");
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  int ExitCode() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  std::string root_;
  pid_t pid_ = -1;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<dst::Destination::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<dst::Update>> reader_;
};

TEST_F(DestinationTest, AChangedFileIsHeardOfWithin100Milliseconds) {
  Write("web.yaml", WebService() + WebPod(1) + WebPod(2) + WebSlice({1}));
  Start();
  EXPECT_EQ(Next().add().addrs_size(), 1);
  std::vector<absl::Duration> times;
  for (int i = 0; i < 20; ++i) {
    const absl::Time start = absl::Now();
    Write("web.yaml",
          WebService() + WebPod(1) + WebPod(2) + (i % 2 == 0 ? WebSlice({1, 2}) : WebSlice({1})));
    Next();
    times.push_back(absl::Now() - start);
  }
  std::sort(times.begin(), times.end());
  std::cout << "from a file's change to the client's update: median " << times[10] << ", slowest "
            << times.back() << " of 20\n";
  EXPECT_LT(times[10], absl::Milliseconds(100));
}

TEST_F(DestinationTest, AMalformedManifestKeepsTheLastGoodStateAndIsNamed) {
  Write("web.yaml", WebService() + WebPod(1) + WebSlice({1}));
  Start();
  EXPECT_EQ(Next().add().addrs_size(), 1);
  Write("web.yaml",
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: x}]}\n");
  Write("zone.yaml", "apiVersion: v1\nkind: Node\nmetadata: {labels: [}\n");
  for (int i = 0; i < 500 && Log().find("zone.yaml:3") == std::string::npos; ++i) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_THAT(Log(), HasSubstr("web.yaml:4"));
  EXPECT_THAT(Log(), HasSubstr("spec.ports[0].port: expected a whole number"));
  EXPECT_THAT(Log(), HasSubstr("zone.yaml:3"));
  // Still the whole service, for old streams and new.
  grpc::ClientContext context;
  dst::GetDestination request;
  request.set_path("web.demo.svc.cluster.local:80");
  auto reader = stub_->Get(&context, request);
  dst::Update update;
  ASSERT_TRUE(reader->Read(&update));
  EXPECT_EQ(update.add().addrs_size(), 1);
}

TEST_F(DestinationTest, SigtermEndsStreamsWithOk) {
  Write("web.yaml", WebService() + WebPod(1) + WebSlice({1}));
  Start();
  Next();
  kill(pid_, SIGTERM);
  dst::Update update;
  EXPECT_FALSE(reader_->Read(&update));
  EXPECT_TRUE(reader_->Finish().ok());
  EXPECT_EQ(ExitCode(), 0) << Log();
}

TEST_F(DestinationTest, WrongFlagsAreNamed) {
  const struct {
    std::vector<std::string> arguments;
    const char* message;
  } kCases[] = {
      {{}, "--manifests"},
      {{"--manifests", "/nowhere"}, "/nowhere"},
      {{"--manifests", root_, "--cluster-networks", "10.0.0.0/8,x"}, "--cluster-networks"},
      {{"--manifests", root_, "--default-inbound-policy", "x"}, "--default-inbound-policy"},
      {{"--manifests", root_, "--default-opaque-ports", "x"}, "--default-opaque-ports"},
  };
  for (const auto& c : kCases) {
    Spawn(c.arguments);
    EXPECT_NE(ExitCode(), 0);
    EXPECT_THAT(Log(), HasSubstr(c.message));
  }
}

}  // namespace
}  // namespace gossamer::destination
