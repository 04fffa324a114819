// The proxy's sockets: their options as the kernel has them, and which addresses are served.

#include <dirent.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "lib/net/socket.h"
#include "tests/mesh/echo_server.h"
#include "tests/mesh/fixture.h"
#include "tests/mesh/listener.h"
#include "tests/mesh/socket.h"

namespace gossamer::mesh_test {
namespace {

using ::testing::StartsWith;

constexpr int kOpaquePort = 7070;
constexpr int kBackPort = 7099;  // Of a Service that leads back to the proxy itself.

int Option(int fd, int level, int name) {
  int value = -1;
  socklen_t length = sizeof(value);
  EXPECT_EQ(getsockopt(fd, level, name, &value, &length), 0);
  return value;
}

// What the kernel says of one TCP socket of a proxy.
struct ProxySocket {
  net::SocketAddress local;
  net::SocketAddress peer;
  bool listening = false;
  int backlog = 0;  // Of a listening one.
  bool no_delay = false;
  bool keepalive = false;
  int keepalive_seconds = 0;
  int user_timeout_ms = 0;
};

ProxySocket Examine(int fd) {
  ProxySocket socket;
  socket.local = net::LocalAddress(fd);
  socket.peer = net::PeerAddress(fd);
  socket.listening = Option(fd, SOL_SOCKET, SO_ACCEPTCONN) != 0;
  socket.no_delay = Option(fd, IPPROTO_TCP, TCP_NODELAY) != 0;
  socket.keepalive = Option(fd, SOL_SOCKET, SO_KEEPALIVE) != 0;
  socket.keepalive_seconds = Option(fd, IPPROTO_TCP, TCP_KEEPIDLE);
  socket.user_timeout_ms = Option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT);
  tcp_info info = {};
  socklen_t length = sizeof(info);
  EXPECT_EQ(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length), 0);
  socket.backlog = static_cast<int>(info.tcpi_sacked);  // What it means where one listens.
  return socket;
}

// All TCP sockets that a process has open now: its descriptors are copied and asked.
std::vector<ProxySocket> SocketsOf(pid_t pid) {
  std::vector<ProxySocket> sockets;
  const net::UniqueFd process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  EXPECT_TRUE(process.valid());
  DIR* const folder = opendir(absl::StrCat("/proc/", pid, "/fd").c_str());
  EXPECT_NE(folder, nullptr);
  while (const dirent* entry = folder == nullptr ? nullptr : readdir(folder)) {
    int number = 0;
    if (!absl::SimpleAtoi(entry->d_name, &number)) continue;
    const net::UniqueFd copy(static_cast<int>(syscall(SYS_pidfd_getfd, process.get(), number, 0)));
    int protocol = 0;
    socklen_t length = sizeof(protocol);
    if (!copy.valid() || getsockopt(copy.get(), SOL_SOCKET, SO_PROTOCOL, &protocol, &length) != 0 ||
        protocol != IPPROTO_TCP) {
      continue;
    }
    sockets.push_back(Examine(copy.get()));
  }
  if (folder != nullptr) closedir(folder);
  return sockets;
}

class SocketsTest : public MeshTest {
 protected:
  void SetUp() override {
    MeshTest::SetUp();
    if (client_ != nullptr) return;
    client_ = AddPod("client");
    harness::Workload plain = TestWorkload("plain-client");
    plain.meshed = false;
    AddWorkload(plain);
    plain_client_ = cluster().pod("plain-client");
  }
  static void TearDownTestSuite() {
    client_ = nullptr;
    MeshTest::TearDownTestSuite();
  }

  harness::Pod* AddServer(const std::string& name, std::vector<int> ports,
                          std::vector<std::string> proxy_environment) {
    harness::Workload server = TestWorkload(name, std::move(ports));
    server.annotations["config.linkerd.io/opaque-ports"] = absl::StrCat(kOpaquePort);
    server.proxy_environment = std::move(proxy_environment);
    AddWorkload(server);
    return cluster().pod(name);
  }
  static std::unique_ptr<Socket> Connect(harness::Pod* from, const std::string& ip, int port) {
    std::unique_ptr<Socket> socket;
    from->net().Run([&] { socket = std::make_unique<Socket>(ip, port); });
    EXPECT_TRUE(socket->connected());
    return socket;
  }

  // The only socket of a pod's proxy that `is` holds for.
  static ProxySocket Find(harness::Pod* pod, const char* what,
                          const std::function<bool(const ProxySocket&)>& is) {
    ProxySocket found;
    int count = 0;
    for (const ProxySocket& socket : SocketsOf(pod->proxy()->pid())) {
      if (!is(socket)) continue;
      found = socket;
      ++count;
    }
    EXPECT_EQ(count, 1) << what;
    return found;
  }
  static ProxySocket FindAccepted(harness::Pod* pod, int port) {
    return Find(pod, "accepted",
                [&](const ProxySocket& s) { return !s.listening && s.local.port() == port; });
  }
  static ProxySocket FindListening(harness::Pod* pod, int port) {
    return Find(pod, "listening",
                [&](const ProxySocket& s) { return s.listening && s.local.port() == port; });
  }
  static ProxySocket FindDialled(harness::Pod* pod, const std::string& ip, int port) {
    return Find(pod, "dialled", [&](const ProxySocket& s) {
      return !s.listening && s.peer.ToString() == absl::StrCat(ip, ":", port);
    });
  }

  static harness::Pod* client_;
  static harness::Pod* plain_client_;
};

harness::Pod* SocketsTest::client_ = nullptr;
harness::Pod* SocketsTest::plain_client_ = nullptr;

TEST_F(SocketsTest, OptionsAreWhatTheEnvironmentSays) {
  std::vector<std::string> environment;
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"INBOUND_ACCEPT_KEEPALIVE", "11s"},
           {"INBOUND_ACCEPT_USER_TIMEOUT", "21s"},
           {"INBOUND_CONNECT_KEEPALIVE", "12s"},
           {"INBOUND_CONNECT_USER_TIMEOUT", "22s"},
           {"OUTBOUND_ACCEPT_KEEPALIVE", "13s"},
           {"OUTBOUND_ACCEPT_USER_TIMEOUT", "23s"},
           {"OUTBOUND_CONNECT_KEEPALIVE", "14s"},
           // More than the kernel's types hold: the most that they do.
           {"OUTBOUND_CONNECT_USER_TIMEOUT", "365d"},
           {"INBOUND_TCP_LISTEN_BACKLOG", "33"},
           {"OUTBOUND_TCP_LISTEN_BACKLOG", "44"}}) {
    environment.push_back(absl::StrCat("LINKERD2_PROXY_", name, "=", value));
  }
  harness::Pod* server = AddServer("server", {kOpaquePort}, environment);
  harness::Pod* client = AddServer("tuned-client", {}, environment);
  Listener listener(server, kOpaquePort);
  const auto connection = Connect(client, cluster().service_ip("test", "server"), kOpaquePort);
  const auto accepted = listener.Accept();
  ASSERT_TRUE(accepted->connected());

  const auto expect = [](const ProxySocket& socket, int keepalive_seconds, int user_timeout_ms) {
    const std::string what = absl::StrCat(socket.local.ToString(), " ", socket.peer.ToString());
    EXPECT_EQ(socket.keepalive_seconds, keepalive_seconds) << what;
    EXPECT_EQ(socket.user_timeout_ms, user_timeout_ms) << what;
  };
  expect(FindAccepted(client, harness::kOutboundPort), 13, 23'000);
  expect(FindDialled(client, server->ip(), harness::kInboundPort), 14, 0x7fffffff);
  expect(FindAccepted(server, harness::kInboundPort), 11, 21'000);
  expect(FindDialled(server, server->ip(), kOpaquePort), 12, 22'000);
  EXPECT_EQ(FindListening(server, harness::kInboundPort).backlog, 33);
  EXPECT_EQ(FindListening(server, harness::kOutboundPort).backlog, 44);
}

TEST_F(SocketsTest, EveryConnectionHasNoDelayAndKeepalive) {
  harness::Pod* server = AddServer(
      "plainly", {EchoServer::kPort, kOpaquePort},
      {"LINKERD2_PROXY_INBOUND_ACCEPT_KEEPALIVE=", "LINKERD2_PROXY_INBOUND_ACCEPT_USER_TIMEOUT=",
       "LINKERD2_PROXY_OUTBOUND_CONNECT_KEEPALIVE=",
       "LINKERD2_PROXY_OUTBOUND_CONNECT_USER_TIMEOUT="});
  EchoServer echo(server);
  Listener listener(server, kOpaquePort);
  // HTTP and opaque, accepted and dialled, to the workload and to the control plane.
  const auto http = Connect(client_, cluster().service_ip("test", "plainly"), EchoServer::kPort);
  ASSERT_TRUE(http->Send("GET /whoami HTTP/1.1\r\nHost: plainly\r\n\r\n"));
  EXPECT_THAT(http->ReadUntil("\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  const auto opaque = Connect(client_, cluster().service_ip("test", "plainly"), kOpaquePort);
  const auto accepted = listener.Accept();
  ASSERT_TRUE(accepted->connected());
  for (harness::Pod* pod : {client_, server}) {
    int connections = 0;
    for (const ProxySocket& socket : SocketsOf(pod->proxy()->pid())) {
      if (socket.listening) continue;
      ++connections;
      EXPECT_TRUE(socket.no_delay) << socket.local.ToString() << " " << socket.peer.ToString();
      EXPECT_TRUE(socket.keepalive) << socket.local.ToString() << " " << socket.peer.ToString();
    }
    EXPECT_GE(connections, 5) << pod->name();
  }
  // Where nothing is set the times are the kernel's.
  const ProxySocket dialled = FindDialled(server, server->ip(), kOpaquePort);
  EXPECT_EQ(dialled.keepalive_seconds, 7200);
  EXPECT_EQ(dialled.user_timeout_ms, 0);
}

TEST_F(SocketsTest, ClientsOfADualStackListenerKeepTheirIpv4Address) {
  ASSERT_OK(cluster().WriteManifest("dual.yaml", R"(apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: dual, namespace: test}
spec:
  podSelector: {matchLabels: {app: dual}}
  port: 8080
  proxyProtocol: HTTP/1
---
apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: dual, namespace: test}
spec:
  targetRef: {group: policy.linkerd.io, kind: Server, name: dual}
  requiredAuthenticationRefs: [{group: policy.linkerd.io, kind: NetworkAuthentication, name: pods}]
---
apiVersion: policy.linkerd.io/v1alpha1
kind: NetworkAuthentication
metadata: {name: pods, namespace: test}
spec: {networks: [{cidr: 10.42.0.0/16}]}
)"));
  // The original destination must be one of LINKERD2_PROXY_INBOUND_IPS, which is an IPv4 address.
  harness::Pod* server =
      AddServer("dual", {EchoServer::kPort}, {"LINKERD2_PROXY_INBOUND_LISTEN_ADDR=[::]:4143"});
  EXPECT_EQ(FindListening(server, harness::kInboundPort).local.ToString(), "[::]:4143");
  EchoServer echo(server);
  const auto client = Connect(plain_client_, server->ip(), EchoServer::kPort);
  ASSERT_TRUE(client->Send("GET /whoami HTTP/1.1\r\nHost: dual\r\nConnection: close\r\n\r\n"));
  EXPECT_THAT(client->ReadAll(), StartsWith("HTTP/1.1 200"));
  ExpectMetric(server,
               {"request_total",
                {{"direction", "inbound"},
                 {"target_ip", server->ip()},
                 {"srv_name", "dual"},
                 {"authz_name", "dual"}}},
               1);
}

TEST_F(SocketsTest, OnlyTheWorkloadsAddressesAreServed) {
  harness::Pod* server =
      AddServer("elsewhere", {EchoServer::kPort}, {"LINKERD2_PROXY_INBOUND_IPS=10.42.250.250"});
  Listener listener(server, EchoServer::kPort);
  const auto client = Connect(plain_client_, server->ip(), EchoServer::kPort);
  client->Send("GET / HTTP/1.1\r\nHost: elsewhere\r\n\r\n");
  EXPECT_EQ(client->ReadAll(), "");
  EXPECT_FALSE(listener.HasConnection());
}

TEST_F(SocketsTest, NothingLeadsBackToTheProxyItself) {
  harness::Pod* server = AddServer("back", {}, {});
  // In plaintext, for which the inbound port has no use.
  const auto direct = Connect(plain_client_, server->ip(), harness::kInboundPort);
  direct->Send("GET / HTTP/1.1\r\nHost: back\r\n\r\n");
  EXPECT_EQ(direct->ReadAll(), "");

  // Through the mesh, with a transport header for the inbound port.
  harness::ServiceSpec service;
  service.ns = "test";
  service.name = "loop";
  service.selector = {{"app", "back"}};
  service.ports = {{"loop", kBackPort, harness::kInboundPort}};
  ASSERT_OK(cluster().AddService(service));
  harness::Pod* client = AddServer("loop-client", {}, {});
  const auto opaque = Connect(client, cluster().service_ip("test", "loop"), kBackPort);
  opaque->Send("neither HTTP nor TLS\n");
  EXPECT_EQ(opaque->ReadAll(), "");
  ExpectMetric(server, {"inbound_tcp_errors_total", {{"error", "unexpected"}}}, 1);
  const auto http = Connect(client, cluster().service_ip("test", "loop"), kBackPort);
  http->Send("GET / HTTP/1.1\r\nHost: loop\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(http->ReadAll(), StartsWith("HTTP/1.1 50"));
}

TEST_F(SocketsTest, LoopbackIsNotDialled) {
  ASSERT_OK(cluster().WriteManifest("loopback.yaml", R"(apiVersion: v1
kind: Service
metadata: {name: loopback, namespace: test}
spec:
  type: ClusterIP
  clusterIP: 10.43.200.1
  clusterIPs: [10.43.200.1]
  ports: [{port: 7070, targetPort: 7070, protocol: TCP, name: port}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: loopback-1
  namespace: test
  labels: {kubernetes.io/service-name: loopback}
addressType: IPv4
ports: [{port: 7070, protocol: TCP, name: port}]
endpoints:
- addresses: [127.0.0.1]
  conditions: {ready: true}
)"));
  harness::Pod* client = AddServer("loopback-client", {}, {});
  Listener listener(client, kOpaquePort);  // What the proxy would reach at 127.0.0.1.
  const auto socket = Connect(client, "10.43.200.1", kOpaquePort);
  socket->Send("neither HTTP nor TLS\n");
  EXPECT_TRUE(socket->EndsInReset());
  EXPECT_FALSE(listener.HasConnection());
  ExpectMetric(client, {"outbound_tcp_errors_total", {{"target_ip", "10.43.200.1"}}}, 1);
}

}  // namespace
}  // namespace gossamer::mesh_test
