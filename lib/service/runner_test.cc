// Runs a service (testing/service_main.cc) as a process of its own, and treats it as a cluster
// would.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "api/destination/v1/destination.grpc.pb.h"
#include "api/health/v1/health.grpc.pb.h"
#include "gmock/gmock.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "httplib.h"
#include "lib/service/flags.h"
#include "lib/service/testing/reflection.grpc.pb.h"

extern char** environ;

namespace gossamer::service {
namespace {

namespace health = ::grpc::health::v1;
namespace proto = ::io::linkerd::proxy::destination;
namespace reflection = ::grpc::reflection::v1alpha;

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kDestination[] = "io.linkerd.proxy.destination.Destination";

// A process of the service, whose log is read through a pipe. Killed when destroyed.
class Process {
 public:
  explicit Process(std::vector<std::string> args) {
    int fds[2];
    EXPECT_EQ(pipe2(fds, O_CLOEXEC), 0);
    log_ = fdopen(fds[0], "r");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fds[1], 1);
    posix_spawn_file_actions_adddup2(&actions, fds[1], 2);
    args.insert(args.begin(), absl::StrCat(getenv("TEST_SRCDIR"), "/", getenv("TEST_WORKSPACE"),
                                           "/lib/service/testing/service"));
    std::vector<char*> argv;
    for (std::string& arg : args) argv.push_back(arg.data());
    argv.push_back(nullptr);
    EXPECT_EQ(posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(fds[1]);
  }

  ~Process() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      Wait();
    }
    fclose(log_);
  }

  void Signal(int signal) { kill(pid_, signal); }

  // The log up to the line that contains `text`, or to its end.
  std::string ReadUntil(const std::string& text) {
    std::string log;
    char line[4096];
    while (fgets(line, sizeof(line), log_) != nullptr) {
      log += line;
      if (std::string(line).find(text) != std::string::npos) break;
    }
    return log;
  }
  std::string ReadRest() { return ReadUntil("\x01 nothing says this"); }

  // The exit code, or 1000 + the signal that ended it.
  int Wait() {
    int status = 0;
    EXPECT_EQ(waitpid(pid_, &status, 0), pid_);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
  FILE* log_ = nullptr;
};

// The port in the first `key=127.0.0.1:PORT` of a log.
int PortIn(const std::string& log, const std::string& key) {
  const std::string prefix = key + "=127.0.0.1:";
  const size_t at = log.find(prefix);
  EXPECT_NE(at, std::string::npos) << log;
  return at == std::string::npos ? 0 : std::atoi(log.c_str() + at + prefix.size());
}

class RunnerTest : public ::testing::Test {
 protected:
  void Start(std::vector<std::string> args, const std::string& until = "runner: ready") {
    process_ = std::make_unique<Process>(std::move(args));
    const std::string log = process_->ReadUntil(until);
    grpc_port_ = PortIn(log, "grpc");
    admin_port_ = PortIn(log, "admin");
    channel_ = grpc::CreateChannel(absl::StrCat("127.0.0.1:", grpc_port_),
                                   grpc::InsecureChannelCredentials());
    stub_ = proto::Destination::NewStub(channel_);
  }

  std::pair<int, std::string> Get(const std::string& path) {
    httplib::Client client("127.0.0.1", admin_port_);
    const httplib::Result result = client.Get(path);
    if (!result) return {0, httplib::to_string(result.error())};
    return {result->status, result->body};
  }

  // The status that health checks give for `service`; UNKNOWN where there is none such.
  health::HealthCheckResponse::ServingStatus Health(const std::string& service) {
    grpc::ClientContext context;
    health::HealthCheckRequest request;
    request.set_service(service);
    health::HealthCheckResponse response;
    health::Health::NewStub(channel_)->Check(&context, request, &response);
    return response.status();
  }

  // Begins a Get and waits for its first message.
  std::unique_ptr<grpc::ClientReader<proto::Update>> BeginStream(grpc::ClientContext* context) {
    auto reader = stub_->Get(context, proto::GetDestination());
    proto::Update update;
    EXPECT_TRUE(reader->Read(&update));
    return reader;
  }

  // Reads to the end, and closes the connection: without a call nobody here answers its PINGs, and
  // the server would wait for them.
  grpc::Status End(std::unique_ptr<grpc::ClientReader<proto::Update>> reader,
                   std::unique_ptr<grpc::ClientContext> context) {
    proto::Update update;
    while (reader->Read(&update)) {
    }
    const grpc::Status status = reader->Finish();
    reader.reset();
    context.reset();
    stub_.reset();
    channel_.reset();
    return status;
  }

  std::unique_ptr<Process> process_;
  int grpc_port_ = 0;
  int admin_port_ = 0;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<proto::Destination::Stub> stub_;
};

TEST_F(RunnerTest, ServesItsAdminPort) {
  Start({});
  EXPECT_EQ(Get("/live").first, 200);
  EXPECT_EQ(Get("/ready").first, 200);
  EXPECT_EQ(Get("/extra").second, "extra");
  const std::string metrics = Get("/metrics").second;
  for (const char* name : {"process_cpu_seconds_total", "process_resident_memory_bytes",
                           "process_open_fds", "process_start_time_seconds",
                           "gossamer_build_info{program=\"test-service\",version=\"9.9.9\"} 1"}) {
    EXPECT_THAT(metrics, HasSubstr(name));
  }
}

// It has a descriptor for each proxy that is connected.
TEST_F(RunnerTest, TakesAllTheDescriptorsThatItMayHave) {
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit few = before;
  few.rlim_cur = 256;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  Start({});
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  const std::string metrics = Get("/metrics").second;
  double most = 0;
  const size_t at = metrics.find("\nprocess_max_fds ");
  ASSERT_NE(at, std::string::npos) << metrics;
  ASSERT_EQ(std::sscanf(metrics.c_str() + at, "\nprocess_max_fds %lf", &most), 1);
  EXPECT_EQ(most, static_cast<double>(before.rlim_max));
}

TEST_F(RunnerTest, AnswersHealthChecksByService) {
  Start({});
  EXPECT_EQ(Health(""), health::HealthCheckResponse::SERVING);
  EXPECT_EQ(Health(kDestination), health::HealthCheckResponse::SERVING);
  EXPECT_EQ(Health("no.such.Service"), health::HealthCheckResponse::UNKNOWN);
}

TEST_F(RunnerTest, IsNotReadyUntilEveryConditionHolds) {
  Start({"--unready"}, "waiting");
  EXPECT_EQ(Get("/live").first, 200);
  EXPECT_EQ(Get("/ready").first, 503);
  EXPECT_EQ(Health(""), health::HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(Health(kDestination), health::HealthCheckResponse::NOT_SERVING);
}

TEST_F(RunnerTest, ReflectionTellsServicesAndTheirFiles) {
  Start({});
  grpc::ClientContext context;
  auto stream = reflection::ServerReflection::NewStub(channel_)->ServerReflectionInfo(&context);
  reflection::ServerReflectionRequest request;
  reflection::ServerReflectionResponse response;
  request.set_list_services("*");
  ASSERT_TRUE(stream->Write(request));
  ASSERT_TRUE(stream->Read(&response));
  std::vector<std::string> names;
  for (const auto& service : response.list_services_response().service()) {
    names.push_back(service.name());
  }
  EXPECT_THAT(names, ::testing::Contains(kDestination));

  request.set_file_containing_symbol(kDestination);
  ASSERT_TRUE(stream->Write(request));
  ASSERT_TRUE(stream->Read(&response));
  ASSERT_GT(response.file_descriptor_response().file_descriptor_proto_size(), 0);
  google::protobuf::FileDescriptorProto file;
  ASSERT_TRUE(file.ParseFromString(response.file_descriptor_response().file_descriptor_proto(0)));
  EXPECT_EQ(file.name(), "api/destination/v1/destination.proto");
  stream->WritesDone();
}

TEST_F(RunnerTest, CountsCallsByMethodAndCode) {
  Start({});
  grpc::ClientContext context;
  auto reader = stub_->GetProfile(&context, proto::GetDestination());
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  const std::string labels =
      "{grpc_method=\"GetProfile\",grpc_service=\"io.linkerd.proxy.destination.Destination\","
      "grpc_type=\"server_stream\"";
  // The call has ended for its client a moment before it is counted.
  std::string metrics;
  const std::string handled = "grpc_server_handled_total{grpc_code=\"InvalidArgument\"";
  for (int i = 0; i < 200 && metrics.find(handled) == std::string::npos; ++i) {
    absl::SleepFor(absl::Milliseconds(10));
    metrics = Get("/metrics").second;
  }
  EXPECT_THAT(metrics, HasSubstr(absl::StrCat("grpc_server_started_total", labels, "} 1")));
  EXPECT_THAT(metrics, HasSubstr(handled));
  EXPECT_THAT(metrics,
              HasSubstr(absl::StrCat("grpc_server_handling_seconds_count", labels, "} 1")));
}

TEST_F(RunnerTest, DoesNotLetACallerMakeUpLabels) {
  Start({});
  grpc::GenericStub stub(channel_);
  for (const char* method : {"/evil.Service/Evil", "/evil", "//"}) {
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    auto call = stub.PrepareUnaryCall(&context, method, grpc::ByteBuffer(), &queue);
    call->StartCall();
    grpc::ByteBuffer response;
    grpc::Status status;
    call->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    ASSERT_TRUE(queue.Next(&tag, &ok));
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  }
  EXPECT_THAT(Get("/metrics").second, Not(HasSubstr("evil")));
}

TEST_F(RunnerTest, SigtermEndsStreamsWithOkAndTheProcessWithZero) {
  Start({});
  auto context = std::make_unique<grpc::ClientContext>();
  auto reader = BeginStream(context.get());
  process_->Signal(SIGTERM);
  const grpc::Status status = End(std::move(reader), std::move(context));
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(process_->Wait(), 0);
}

TEST_F(RunnerTest, DrainsWithoutBeingReady) {
  Start({"--stubborn", "--shutdown-grace=1h"});
  auto context = std::make_unique<grpc::ClientContext>();
  auto reader = BeginStream(context.get());
  process_->Signal(SIGTERM);
  process_->ReadUntil("not ready");
  EXPECT_EQ(Get("/ready").first, 503);
  EXPECT_EQ(Get("/live").first, 200);
  context->TryCancel();
  End(std::move(reader), std::move(context));
  EXPECT_EQ(process_->Wait(), 0);
}

TEST_F(RunnerTest, CancelsStreamsThatOutlastTheGrace) {
  Start({"--stubborn", "--shutdown-grace=50ms"});
  auto context = std::make_unique<grpc::ClientContext>();
  auto reader = BeginStream(context.get());
  process_->Signal(SIGINT);
  EXPECT_FALSE(End(std::move(reader), std::move(context)).ok());
  EXPECT_EQ(process_->Wait(), 0);
}

TEST_F(RunnerTest, ASecondSignalEndsTheProcessAtOnce) {
  Start({"--stubborn", "--shutdown-grace=1h"});
  auto context = std::make_unique<grpc::ClientContext>();
  auto reader = BeginStream(context.get());
  process_->Signal(SIGTERM);
  process_->ReadUntil("not ready");
  process_->Signal(SIGTERM);
  EXPECT_EQ(process_->Wait(), 1000 + SIGTERM);
}

TEST_F(RunnerTest, NamesAnAddressThatIsInUse) {
  Start({});
  for (const auto& [flag, port] : {std::pair<std::string, int>{"--grpc-addr", grpc_port_},
                                   std::pair<std::string, int>{"--admin-addr", admin_port_}}) {
    const std::string address = absl::StrCat("127.0.0.1:", port);
    Process second({flag, address});
    const std::string log = second.ReadRest();
    EXPECT_THAT(log, HasSubstr(address));
    EXPECT_THAT(log, HasSubstr("Address already in use"));
    EXPECT_EQ(second.Wait(), 1);
  }
}

TEST_F(RunnerTest, RefusesBadFlags) {
  Process process({"--grpc-addr", "nowhere"});
  EXPECT_THAT(process.ReadRest(), HasSubstr("--grpc-addr"));
  EXPECT_EQ(process.Wait(), kExitUsage);
}

}  // namespace
}  // namespace gossamer::service
