#include "tests/support/cluster.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"
#include "tests/support/folder.h"
#include "tests/support/runfiles.h"

namespace gossamer::harness {
namespace {

using ::testing::HasSubstr;

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// The real firewall rules and a sample application, with a stand-in for the proxy.
class ClusterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Cluster::Options options;
    options.programs.proxy = Runfile("tests/support/stand_in_proxy");
    options.programs.proxy_init = Runfile("proxy/init/init");
    options.folder = MakePrivateFolder();
    options.trust_anchors = "anchors";
    options.mint_token = [](const std::string& account, const std::string& ns) {
      return absl::StrCat("token of ", account, ".", ns);
    };
    absl::StatusOr<std::unique_ptr<Cluster>> cluster = Cluster::Create(std::move(options));
    ASSERT_TRUE(cluster.ok()) << cluster.status();
    cluster_ = *std::move(cluster);

    Workload store;
    store.ns = "shop";
    store.name = "store";
    store.command = {Runfile("examples/store/store")};
    store.ports = {{"lines", 7070}};
    store.annotations = {{"config.linkerd.io/skip-inbound-ports", "9800"}};
    ASSERT_TRUE(cluster_->AddService({"shop", "store", {{"app", "store"}}, {}, {{"", 7070}}}).ok());
    const absl::Status added = cluster_->AddWorkload(store);
    ASSERT_TRUE(added.ok()) << added;
    Workload client;
    client.ns = "shop";
    client.name = "client";
    const absl::Status client_added = cluster_->AddWorkload(client);
    ASSERT_TRUE(client_added.ok()) << client_added;
  }

  // What the store says first to a client that connects to `ip`.
  std::string Greeting(const std::string& ip) {
    std::string text;
    cluster_->pod("client")->net().Run([&] {
      const int fd = socket(AF_INET, SOCK_STREAM, 0);
      const timeval timeout = {2, 0};
      setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
      sockaddr_in address = {};
      address.sin_family = AF_INET;
      address.sin_port = htons(7070);
      inet_pton(AF_INET, ip.c_str(), &address.sin_addr);
      char buffer[100];
      if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
        const ssize_t count = recv(fd, buffer, sizeof(buffer), 0);
        if (count > 0) text.assign(buffer, static_cast<size_t>(count));
      }
      close(fd);
    });
    return text;
  }

  double Opened(const std::string& workload, const std::string& direction) {
    const auto samples = cluster_->pod(workload)->ProxyMetrics();
    EXPECT_TRUE(samples.ok()) << samples.status();
    return samples.ok() ? Sum(*samples, {"tcp_open_total", {{"direction", direction}}}) : -1;
  }

  std::unique_ptr<Cluster> cluster_;
};

TEST_F(ClusterTest, TrafficPassesBothProxiesOnce) {
  EXPECT_EQ(Greeting(cluster_->pod("store")->ip()), "STORE ready\n");
  EXPECT_EQ(Opened("client", "outbound"), 1);
  EXPECT_EQ(Opened("client", "inbound"), 0);
  EXPECT_EQ(Opened("store", "inbound"), 1);
  EXPECT_EQ(Opened("store", "outbound"), 0);
}

TEST_F(ClusterTest, SkippedPortsPassNoProxy) {
  const auto answer = HttpGet(cluster_->pod("store")->ip(), 9800, "/healthz");
  ASSERT_OK(answer);
  EXPECT_EQ(*answer, "ok\n");
  EXPECT_EQ(Opened("store", "inbound"), 0);
}

TEST_F(ClusterTest, ProxyRunsAsItsOwnUser) {
  EXPECT_THAT(ReadFile(cluster_->pod("store")->proxy()->log_path()), HasSubstr("uid 2102"));
}

TEST_F(ClusterTest, ServiceAddressIsReachedOnlyThroughAProxy) {
  // The stand-in knows no Services, and the network has no such address.
  EXPECT_EQ(Greeting(cluster_->service_ip("shop", "store")), "");
  EXPECT_EQ(Opened("client", "outbound"), 1);
}

TEST_F(ClusterTest, EndpointSliceFollowsPods) {
  const std::string path = cluster_->manifest_folder() + "/endpointslice-shop-store.yaml";
  const std::string first = cluster_->pod("store")->ip();
  EXPECT_THAT(ReadFile(path), HasSubstr(first));
  absl::StatusOr<Pod*> second = cluster_->AddPod("store");
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_THAT(ReadFile(path), HasSubstr((*second)->ip()));
  ASSERT_TRUE(cluster_->RemovePod(cluster_->pod("store"), absl::Seconds(2)).ok());
  EXPECT_THAT(ReadFile(path), ::testing::Not(HasSubstr(first + "\n")));
}

TEST_F(ClusterTest, NamesResolveInsidePods) {
  const auto answer = RunCommand({"/usr/bin/getent", "ahostsv4", "store.shop.svc.cluster.local"},
                                 cluster_->pod("client")->net().network_fd());
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_THAT(*answer, HasSubstr(cluster_->service_ip("shop", "store")));
}

TEST_F(ClusterTest, ALinkThatIsDownSwallowsPackets) {
  PodNamespace& net = cluster_->pod("store")->net();
  ASSERT_TRUE(net.SetLink(false).ok());
  EXPECT_EQ(Greeting(net.ip()), "");
  ASSERT_TRUE(net.SetLink(true).ok());
  EXPECT_EQ(Greeting(net.ip()), "STORE ready\n");
}

TEST_F(ClusterTest, NamesThePartThatDiedWithItsLog) {
  Process* proxy = cluster_->pod("store")->proxy();
  EXPECT_TRUE(cluster_->CheckRunning().ok());
  proxy->Signal(SIGKILL);
  ASSERT_TRUE(proxy->Wait(absl::Seconds(5)).ok());
  const std::string message(cluster_->CheckRunning().message());
  EXPECT_THAT(message, HasSubstr("linkerd-proxy ended with signal 9"));
  EXPECT_THAT(message, HasSubstr("uid 2102"));
}

}  // namespace
}  // namespace gossamer::harness
