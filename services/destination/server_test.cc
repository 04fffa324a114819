#include "services/destination/server.h"

#include <algorithm>
#include <atomic>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "api/destination/v1/destination.grpc.pb.h"
#include "api/inbound/v1/inbound.grpc.pb.h"
#include "api/outbound/v1/outbound.grpc.pb.h"
#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "lib/service/grpc_server.h"
#include "lib/status/status_matchers.h"
#include "prometheus/registry.h"
#include "services/destination/cluster/cluster_testing.h"
#include "services/destination/streams/hub.h"
#include "services/destination/streams/metrics.h"

namespace gossamer::destination {
namespace {

namespace dst = io::linkerd::proxy::destination;
namespace in = io::linkerd::proxy::inbound;
namespace out = io::linkerd::proxy::outbound;
using testing::SizeIs;

constexpr char kWeb[] = "web.demo.svc.cluster.local:80";
constexpr absl::Duration kPatience = absl::Seconds(30);

// A stream of Get, read as a test asks.
class Getter {
 public:
  Getter(dst::Destination::Stub* stub, const std::string& path) {
    dst::GetDestination request;
    request.set_path(path);
    context_.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
    reader_ = stub->Get(&context_, request);
  }
  // The next update; nothing is set in it when the stream ended.
  dst::Update Next() {
    dst::Update update;
    if (!reader_->Read(&update)) update.Clear();
    return update;
  }
  grpc::Status Finish() { return reader_->Finish(); }
  void Cancel() { context_.TryCancel(); }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<dst::Update>> reader_;
};

// Counts what a crowd of streams hears, without a thread for each.
class CountingReader : public grpc::ClientReadReactor<dst::Update> {
 public:
  CountingReader(dst::Destination::Stub* stub, std::atomic<int>* messages) : messages_(messages) {
    request_.set_path(kWeb);
    stub->async()->Get(&context_, &request_, this);
    StartRead(&update_);
    StartCall();
  }
  ~CountingReader() override {
    context_.TryCancel();
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&done_));
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    ++*messages_;
    StartRead(&update_);
  }
  void OnDone(const grpc::Status&) override {
    absl::MutexLock lock(&mutex_);
    done_ = true;
  }

 private:
  std::atomic<int>* messages_;
  grpc::ClientContext context_;
  dst::GetDestination request_;
  dst::Update update_;
  absl::Mutex mutex_;
  bool done_ = false;
};

class ServerTest : public testing::Test {
 protected:
  void SetUp() override {
    settings_.cluster_networks = {*net::IpNetwork::Parse("10.0.0.0/8")};
    StartServer();
  }

  void StartServer() {
    std::vector<service::NamedGrpcService> services = server_.discovery_services();
    for (const auto& service : server_.policy_services()) services.push_back(service);
    auto listener = service::GrpcServer::Start("127.0.0.1:0", {services, nullptr});
    ASSERT_OK(listener);
    listener_ = *std::move(listener);
    channel_ = NewChannel();
    stub_ = dst::Destination::NewStub(channel_);
  }
  std::shared_ptr<grpc::Channel> NewChannel(bool small_window = false) {
    grpc::ChannelArguments arguments;
    if (small_window) {
      arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
      arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 64 * 1024);
    }
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(listener_->address().ToString(),
                                     grpc::InsecureChannelCredentials(), arguments);
  }
  void Apply(const std::string& yaml) { hub_.OnEvents(ApplyYaml(yaml)); }
  grpc::StatusCode CodeOfGet(const std::string& path) {
    Getter getter(stub_.get(), path);
    getter.Next();
    return getter.Finish().error_code();
  }
  void WaitForStreams(double count) {
    while (metrics_.ForKind("Get")->streams->Value() != count)
      absl::SleepFor(absl::Milliseconds(2));
  }

  Settings settings_;
  prometheus::Registry registry_;
  Metrics metrics_{&registry_};
  Hub hub_{10'000, &metrics_};
  Server server_{settings_, &hub_};
  std::unique_ptr<service::GrpcServer> listener_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<dst::Destination::Stub> stub_;
};

TEST_F(ServerTest, FollowsAService) {
  Apply(WebService() + WebPod(1) + WebPod(2) + WebSlice({1}));
  Getter getter(stub_.get(), kWeb);
  EXPECT_THAT(getter.Next().add().addrs(), SizeIs(1));
  Apply(WebSlice({1, 2}));
  EXPECT_THAT(getter.Next().add().addrs(), SizeIs(1));
  Apply(WebSlice({2}));
  EXPECT_THAT(getter.Next().remove().addrs(), SizeIs(1));
  Apply(WebSlice({}));
  EXPECT_TRUE(getter.Next().no_endpoints().exists());
  hub_.OnEvents(DeleteObject("", "Service", "web"));
  const dst::Update gone = getter.Next();
  ASSERT_TRUE(gone.has_no_endpoints());
  EXPECT_FALSE(gone.no_endpoints().exists());
  Apply(WebService() + WebSlice({1}));
  // Whichever of the two came first, the set comes.
  dst::Update back = getter.Next();
  if (back.has_no_endpoints()) back = getter.Next();
  EXPECT_THAT(back.add().addrs(), SizeIs(1));
}

TEST_F(ServerTest, EveryStreamBeginsWithTheWholeSet) {
  Apply(WebService() + WebPod(1) + WebPod(2) + WebPod(3) + WebSlice({1}));
  Getter first(stub_.get(), kWeb);
  first.Next();
  Apply(WebSlice({1, 2, 3}));
  first.Next();
  Getter second(stub_.get(), kWeb);
  EXPECT_THAT(second.Next().add().addrs(), SizeIs(3));
}

TEST_F(ServerTest, AnEmptyServiceIsAnsweredAtOnce) {
  Apply(WebService());
  Getter getter(stub_.get(), kWeb);
  EXPECT_TRUE(getter.Next().no_endpoints().exists());
}

TEST_F(ServerTest, ErrorsOfGetAreTheContracts) {
  Apply(R"(
apiVersion: v1
kind: Service
metadata: {name: external, namespace: demo}
spec: {type: ExternalName}
)");
  EXPECT_EQ(CodeOfGet("web.demo.svc.cluster.local:80"), grpc::NOT_FOUND);
  for (const char* path : {"", "web.demo.svc.cluster.local:0", "10.1.2.3:80", "example.com:80",
                           "external.demo.svc.cluster.local:80"}) {
    EXPECT_EQ(CodeOfGet(path), grpc::INVALID_ARGUMENT) << path;
  }
}

TEST_F(ServerTest, AThousandStreamsOfOneServiceShareOneAnswer) {
  Apply(WebService() + WebPod(1) + WebPod(2) + WebSlice({1}));
  constexpr int kStreams = 1000;
  std::atomic<int> messages = 0;
  std::vector<std::unique_ptr<CountingReader>> readers;
  for (int i = 0; i < kStreams; ++i) {
    readers.push_back(std::make_unique<CountingReader>(stub_.get(), &messages));
  }
  while (messages < kStreams) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_EQ(metrics_.ForKind("Get")->answers->Value(), 1);
  EXPECT_EQ(metrics_.ForKind("Get")->built->Value(), 1);
  const absl::Time start = absl::Now();
  Apply(WebSlice({1, 2}));
  const absl::Duration told = absl::Now() - start;
  while (messages < 2 * kStreams) absl::SleepFor(absl::Milliseconds(1));
  std::cout << kStreams << " streams: change handed over in " << told << ", heard by all in "
            << absl::Now() - start << "\n";
  EXPECT_EQ(metrics_.ForKind("Get")->built->Value(), 2);
  readers.clear();
  WaitForStreams(0);
  EXPECT_EQ(metrics_.ForKind("Get")->answers->Value(), 0);
}

TEST_F(ServerTest, AStalledStreamHoldsNobodyAndMissesNothingInTheEnd) {
  Apply(WebService() + WebSlice({}));
  // A connection of its own, whose stream is not read: its window fills.
  const auto stalled_stub = dst::Destination::NewStub(NewChannel(/*small_window=*/true));
  Getter stalled(stalled_stub.get(), kWeb);
  Getter reading(stub_.get(), kWeb);
  reading.Next();
  WaitForStreams(2);
  std::string pods;
  for (int n = 1; n <= 200; ++n) pods += WebPod(n);
  Apply(pods);
  std::vector<int> all;
  for (int n = 1; n <= 200; ++n) all.push_back(n);
  absl::Duration worst;
  for (int i = 0; i < 40; ++i) {
    const absl::Time start = absl::Now();
    Apply(WebSlice(all));
    EXPECT_THAT(reading.Next().add().addrs(), SizeIs(200));
    Apply(WebSlice({}));
    EXPECT_TRUE(reading.Next().has_no_endpoints());
    worst = std::max(worst, absl::Now() - start);
  }
  std::cout << "slowest of 40 rounds beside a stalled stream: " << worst << "\n";
  Apply(WebSlice({7}));
  EXPECT_THAT(reading.Next().add().addrs(), SizeIs(1));
  // The stalled client reads again: it comes to the last state by far fewer messages than there
  // were.
  std::set<uint32_t> addresses;
  int messages = 0;
  while (addresses != std::set<uint32_t>{0x0A010007}) {
    const dst::Update update = stalled.Next();
    ++messages;
    ASSERT_NE(update.update_case(), dst::Update::UPDATE_NOT_SET);
    if (update.has_no_endpoints()) addresses.clear();
    for (const auto& added : update.add().addrs()) addresses.insert(added.addr().ip().ipv4());
    for (const auto& removed : update.remove().addrs()) addresses.erase(removed.ip().ipv4());
  }
  std::cout << "the stalled stream took " << messages << " of 82 messages\n";
  EXPECT_LT(messages, 20);
}

TEST_F(ServerTest, ProfilesOfServicesAndAddresses) {
  Apply(WebService() + WebPod(1) + WebSlice({1}));
  const auto get = [&](const std::string& path) {
    grpc::ClientContext context;
    dst::GetDestination request;
    request.set_path(path);
    dst::DestinationProfile profile;
    auto reader = stub_->GetProfile(&context, request);
    reader->Read(&profile);
    return profile;
  };
  EXPECT_EQ(get("10.96.0.1:80").fully_qualified_name(), "web.demo.svc.cluster.local");
  EXPECT_EQ(get("10.96.0.1:81").ByteSizeLong(), 0u);
  EXPECT_EQ(get("10.1.0.1:8080").endpoint().metric_labels().at("namespace"), "demo");
  EXPECT_EQ(get("192.0.2.9:443").endpoint().addr().port(), 443u);
}

TEST_F(ServerTest, PoliciesInAndOut) {
  Apply(WebService() + WebPod(1));
  auto inbound = in::InboundServerPolicies::NewStub(channel_);
  in::PortSpec port;
  port.set_workload("{\"ns\":\"demo\", \"pod\":\"web-1\"}\n");
  port.set_port(8080);
  grpc::ClientContext watch_context;
  auto watch = inbound->WatchPort(&watch_context, port);
  in::Server server;
  ASSERT_TRUE(watch->Read(&server));
  EXPECT_EQ(server.labels().at("name"), "all-unauthenticated");
  Apply(WebPod(1, "config.linkerd.io/default-inbound-policy: deny"));
  ASSERT_TRUE(watch->Read(&server));
  EXPECT_THAT(server.authorizations(), SizeIs(0));
  hub_.OnEvents(DeleteObject("", "Pod", "web-1"));
  EXPECT_FALSE(watch->Read(&server));
  EXPECT_TRUE(watch->Finish().ok());
  grpc::ClientContext once_context;
  EXPECT_EQ(inbound->GetPort(&once_context, port, &server).error_code(), grpc::NOT_FOUND);

  auto outbound = out::OutboundPolicies::NewStub(channel_);
  out::TrafficSpec traffic;
  traffic.set_source_workload("demo:client");
  traffic.mutable_addr()->mutable_ip()->set_ipv4(0x0A600001);
  traffic.mutable_addr()->set_port(80);
  out::OutboundPolicy policy;
  grpc::ClientContext get_context;
  ASSERT_TRUE(outbound->Get(&get_context, traffic, &policy).ok());
  EXPECT_EQ(policy.metadata().resource().name(), "web");
  traffic.mutable_addr()->mutable_ip()->set_ipv4(0x0A010001);
  grpc::ClientContext pod_context;
  EXPECT_EQ(outbound->Get(&pod_context, traffic, &policy).error_code(), grpc::NOT_FOUND);
}

TEST_F(ServerTest, ShutdownEndsStreamsWithOk) {
  Apply(WebService());
  Getter getter(stub_.get(), kWeb);
  getter.Next();
  hub_.Shutdown();
  EXPECT_EQ(getter.Next().update_case(), dst::Update::UPDATE_NOT_SET);
  EXPECT_TRUE(getter.Finish().ok());
  EXPECT_EQ(CodeOfGet(kWeb), grpc::UNAVAILABLE);
}

TEST_F(ServerTest, StreamsThatComeAndGoLeaveNothingBehind) {
  Apply(WebService() + WebPod(1) + WebSlice({1}));
  for (int i = 0; i < 500; ++i) {
    Getter getter(stub_.get(), kWeb);
    if (i % 2 == 0) getter.Next();
    getter.Cancel();
    getter.Finish();
  }
  WaitForStreams(0);
  EXPECT_EQ(metrics_.ForKind("Get")->answers->Value(), 0);
}

TEST(HubTest, RefusesStreamsBeyondItsBound) {
  prometheus::Registry registry;
  Metrics metrics(&registry);
  Hub hub(0, &metrics);
  const Question question{
      "Get", "", [](const Cluster&, Topics*) { return std::make_shared<MessageSnapshot>(""); }};
  EXPECT_THAT(hub.Subscribe(question, nullptr).status(),
              StatusIs(absl::StatusCode::kUnavailable, testing::HasSubstr("most of 0 streams")));
}

}  // namespace
}  // namespace gossamer::destination
