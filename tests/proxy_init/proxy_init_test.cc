// Runs proxy-init on a network namespace with a real firewall, and looks where TCP connections go.
//
// "Pod" is a namespace of its own; "peer" is the test's namespace, joined to it by a veth pair.
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/ip.h"
#include "lib/net/socket.h"
#include "lib/status/status_matchers.h"
#include "proxy/init/command.h"
#include "tests/support/runfiles.h"

namespace gossamer::proxy_init {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kTimeoutMs = 5000;
constexpr unsigned kProxyUid = 2102;
constexpr unsigned kProxyGid = 2103;
constexpr uint16_t kInbound = 4143;
constexpr uint16_t kOutbound = 4140;

// The two ends of the wire, in both families.
constexpr char kPod4[] = "10.77.0.2";
constexpr char kPeer4[] = "10.77.0.1";
constexpr char kPod6[] = "fd77::2";
constexpr char kPeer6[] = "fd77::1";

std::string Program() { return harness::Runfile("proxy/init/init"); }

// A command that has to succeed.
std::string Must(const std::vector<std::string>& command) {
  const auto output = RunCommand(command);
  EXPECT_OK(output);
  return output.ok() ? *output : "";
}

std::string Must(const std::string& command) {
  return Must(std::vector<std::string>(absl::StrSplit(command, ' ')));
}

net::SocketAddress Address(const std::string& ip, uint16_t port) {
  return net::SocketAddress(*net::IpAddress::Parse(ip), port);
}

// A network namespace, held by a process that sleeps in it and joined to ours by a veth pair.
class Pod {
 public:
  Pod() {
    int ready[2];
    EXPECT_EQ(pipe2(ready, O_CLOEXEC), 0);
    pid_ = fork();
    if (pid_ == 0) {
      const char result = unshare(CLONE_NEWNET) == 0 ? 'y' : 'n';
      [[maybe_unused]] const ssize_t written = write(ready[1], &result, 1);
      while (true) pause();
    }
    char result = 0;
    EXPECT_EQ(read(ready[0], &result, 1), 1);
    EXPECT_EQ(result, 'y');
    close(ready[0]);
    close(ready[1]);
    namespace_ = net::UniqueFd(open(path().c_str(), O_RDONLY | O_CLOEXEC));
    Wire();
  }

  ~Pod() {
    // The namespace takes its end of the wire along, and that the other one.
    namespace_.Reset();
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    (void)RunCommand({"ip", "link", "delete", "peer0"});
  }

  std::string path() const { return absl::StrCat("/proc/", pid_, "/ns/net"); }

  std::vector<std::string> Inside(std::vector<std::string> command) const {
    command.insert(command.begin(), {"nsenter", absl::StrCat("--net=", path())});
    return command;
  }

  // Calls `body` on a thread that is in the namespace.
  void Run(const std::function<void()>& body) const {
    std::thread([&] {
      ASSERT_EQ(setns(namespace_.get(), CLONE_NEWNET), 0);
      body();
    }).join();
  }

 private:
  void Wire() {
    Must("ip link add peer0 type veth peer name pod0");
    Must(absl::StrCat("ip link set pod0 netns ", pid_));
    for (const std::string& words :
         {absl::StrCat("addr add ", kPeer4, "/24 dev peer0"),
          absl::StrCat("addr add ", kPeer6, "/64 dev peer0 nodad"),
          std::string("link set peer0 up"), std::string("link set lo up")}) {
      Must(absl::StrCat("ip ", words));
    }
    for (const std::string& words :
         {absl::StrCat("addr add ", kPod4, "/24 dev pod0"),
          absl::StrCat("addr add ", kPod6, "/64 dev pod0 nodad"), std::string("link set pod0 up"),
          std::string("link set lo up")}) {
      Must(Inside(absl::StrSplit(absl::StrCat("ip ", words), ' ')));
    }
    // The kernel takes up an address a moment after both ends are up.
    const std::vector<std::string> routes = {"ip", "-6", "route", "show", "table", "local"};
    for (const auto& [command, ip] :
         {std::make_pair(routes, kPeer6), std::make_pair(Inside(routes), kPod6)}) {
      int tries = 0;
      while (!absl::StrContains(Must(command), absl::StrCat("local ", ip, " ")) && ++tries < 500) {
        absl::SleepFor(absl::Milliseconds(10));
      }
    }
  }

  pid_t pid_ = -1;
  net::UniqueFd namespace_;
};

// Listens on a port of both families and says who was connected to.
class Listener {
 public:
  explicit Listener(uint16_t port) {
    auto fd = net::Listen(Address("::", port), {});
    EXPECT_OK(fd);
    if (fd.ok()) fd_ = *std::move(fd);
  }

  // What is accepted within the timeout; invalid when nothing is.
  net::UniqueFd Accept() {
    pollfd wait = {fd_.get(), POLLIN, 0};
    if (poll(&wait, 1, kTimeoutMs) != 1) return net::UniqueFd();
    return net::UniqueFd(accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }

  bool HasNone() {
    pollfd wait = {fd_.get(), POLLIN, 0};
    return poll(&wait, 1, 0) == 0;
  }

 private:
  net::UniqueFd fd_;
};

// Connects, and waits for it; invalid when it fails.
net::UniqueFd Dial(const net::SocketAddress& address) {
  auto fd = net::Connect(address, {});
  if (!fd.ok()) return net::UniqueFd();
  pollfd wait = {fd->get(), POLLOUT, 0};
  if (poll(&wait, 1, kTimeoutMs) != 1 || net::SocketError(fd->get()) != 0) return net::UniqueFd();
  return *std::move(fd);
}

// Firewall state without what changes by itself: comments with times, and packet counters.
std::string Comparable(const std::string& saved) {
  std::vector<std::string> lines;
  for (const absl::string_view line : absl::StrSplit(saved, '\n')) {
    if (absl::StartsWith(line, "#")) continue;
    lines.emplace_back(line.substr(0, line.find(" [")));
  }
  return absl::StrJoin(lines, "\n");
}

class InitTest : public ::testing::TestWithParam<std::string> {
 protected:
  InitTest() {
    pod_.Run([&] {
      inbound_ = std::make_unique<Listener>(kInbound);
      outbound_ = std::make_unique<Listener>(kOutbound);
      for (const uint16_t port : {8080, 9090, 4190}) {
        pod_ports_[port] = std::make_unique<Listener>(port);
      }
    });
    for (const uint16_t port : {80, 443, 8005}) {
      peer_ports_[port] = std::make_unique<Listener>(port);
    }
  }

  std::vector<std::string> Command(const std::vector<std::string>& more) {
    std::vector<std::string> command = {Program(), "--netns", pod_.path(), "--iptables-mode",
                                        GetParam()};
    command.insert(command.end(), more.begin(), more.end());
    return command;
  }

  void SetUpRules(const std::vector<std::string>& more = {}) {
    std::vector<std::string> flags = {"-p", absl::StrCat(kInbound), "-o", absl::StrCat(kOutbound),
                                      "-u", absl::StrCat(kProxyUid)};
    flags.insert(flags.end(), more.begin(), more.end());
    ASSERT_OK(RunCommand(Command(flags)));
  }

  void CleanUpRules() { ASSERT_OK(RunCommand(Command({"--cleanup"}))); }

  std::string Saved() {
    std::string saved;
    for (const char* tables : {"iptables", "ip6tables"}) {
      const std::string suffix = GetParam() == "plain" ? "" : absl::StrCat("-", GetParam());
      saved += Must(pod_.Inside({absl::StrCat(tables, suffix, "-save"), "-t", "nat"}));
    }
    return Comparable(saved);
  }

  net::UniqueFd DialFromPod(const net::SocketAddress& address) {
    net::UniqueFd fd;
    pod_.Run([&] { fd = Dial(address); });
    return fd;
  }

  // A connection that the proxy's listener got, and that was meant for `target`.
  void ExpectRedirected(const net::UniqueFd& client, Listener& listener,
                        const net::SocketAddress& target) {
    ASSERT_TRUE(client.valid()) << target.ToString();
    const net::UniqueFd server = listener.Accept();
    ASSERT_TRUE(server.valid()) << target.ToString();
    const auto original = net::OriginalDestination(server.get(), net::PeerAddress(server.get()));
    ASSERT_OK(original);
    EXPECT_EQ(*original, target) << original->ToString();
  }

  void ExpectDirect(const net::UniqueFd& client, Listener& listener) {
    ASSERT_TRUE(client.valid());
    EXPECT_TRUE(listener.Accept().valid());
    EXPECT_TRUE(inbound_->HasNone());
    EXPECT_TRUE(outbound_->HasNone());
  }

  Pod pod_;
  std::unique_ptr<Listener> inbound_;
  std::unique_ptr<Listener> outbound_;
  std::map<uint16_t, std::unique_ptr<Listener>> pod_ports_;
  std::map<uint16_t, std::unique_ptr<Listener>> peer_ports_;
};

TEST_P(InitTest, WithoutRulesConnectionsGoWhereTheyAreMeantTo) {
  ExpectDirect(DialFromPod(Address(kPeer4, 80)), *peer_ports_[80]);
  ExpectDirect(Dial(Address(kPod4, 8080)), *pod_ports_[8080]);
}

TEST_P(InitTest, OutboundConnectionsGoToTheProxy) {
  SetUpRules();
  for (const char* peer : {kPeer4, kPeer6}) {
    const net::SocketAddress target = Address(peer, 80);
    ExpectRedirected(DialFromPod(target), *outbound_, target);
  }
  EXPECT_TRUE(peer_ports_[80]->HasNone());
}

TEST_P(InitTest, OutboundConnectionsToNobodyGoToTheProxyToo) {
  SetUpRules();
  const net::SocketAddress target = Address(kPeer4, 5999);
  ExpectRedirected(DialFromPod(target), *outbound_, target);
}

TEST_P(InitTest, InboundConnectionsGoToTheProxy) {
  SetUpRules();
  for (const char* pod : {kPod4, kPod6}) {
    const net::SocketAddress target = Address(pod, 8080);
    ExpectRedirected(Dial(target), *inbound_, target);
  }
  EXPECT_TRUE(pod_ports_[8080]->HasNone());
}

TEST_P(InitTest, TheProxysUserIsLeftAlone) {
  SetUpRules();
  for (const char* peer : {kPeer4, kPeer6}) {
    net::UniqueFd client;
    pod_.Run([&] {
      setfsuid(kProxyUid);  // Of this thread alone; sockets take it over.
      client = Dial(Address(peer, 80));
    });
    ExpectDirect(client, *peer_ports_[80]);
  }
}

TEST_P(InitTest, TheProxysGroupIsLeftAlone) {
  SetUpRules({"-g", absl::StrCat(kProxyGid)});
  net::UniqueFd client;
  pod_.Run([&] {
    setfsgid(kProxyGid);
    client = Dial(Address(kPeer4, 80));
  });
  ExpectDirect(client, *peer_ports_[80]);
}

TEST_P(InitTest, LoopbackIsLeftAlone) {
  SetUpRules();
  for (const char* pod : {"127.0.0.1", "::1", kPod4, kPod6}) {
    ExpectDirect(DialFromPod(Address(pod, 9090)), *pod_ports_[9090]);
  }
}

TEST_P(InitTest, IgnoredPortsAreLeftAlone) {
  SetUpRules(
      {"--inbound-ports-to-ignore", "4190,4191", "--outbound-ports-to-ignore", "443,8000-8010"});
  for (const char* pod : {kPod4, kPod6}) {
    ExpectDirect(Dial(Address(pod, 4190)), *pod_ports_[4190]);
  }
  for (const uint16_t port : {443, 8005}) {
    ExpectDirect(DialFromPod(Address(kPeer4, port)), *peer_ports_[port]);
  }
  ExpectRedirected(DialFromPod(Address(kPeer4, 80)), *outbound_, Address(kPeer4, 80));
}

TEST_P(InitTest, OnlyWantedPortsAreRedirectedInbound) {
  SetUpRules({"-r", "8080,8081"});
  ExpectRedirected(Dial(Address(kPod4, 8080)), *inbound_, Address(kPod4, 8080));
  ExpectDirect(Dial(Address(kPod4, 9090)), *pod_ports_[9090]);
}

TEST_P(InitTest, ClientsOfIgnoredSubnetsAreLeftAlone) {
  SetUpRules({"--subnets-to-ignore", "10.77.0.0/29,fd00:9::/64"});
  ExpectDirect(Dial(Address(kPod4, 8080)), *pod_ports_[8080]);
  ExpectRedirected(Dial(Address(kPod6, 8080)), *inbound_, Address(kPod6, 8080));
}

TEST_P(InitTest, Ipv6IsLeftAloneWhenTold) {
  SetUpRules({"--ipv6=false"});
  ExpectDirect(DialFromPod(Address(kPeer6, 80)), *peer_ports_[80]);
  ExpectRedirected(DialFromPod(Address(kPeer4, 80)), *outbound_, Address(kPeer4, 80));
}

TEST_P(InitTest, ASecondRunChangesNothing) {
  SetUpRules({"--inbound-ports-to-ignore", "4190,4191", "-w"});
  const std::string once = Saved();
  EXPECT_THAT(once, HasSubstr("proxy-init/install-proxy-init-output"));
  SetUpRules({"--inbound-ports-to-ignore", "4190,4191", "-w"});
  EXPECT_EQ(Saved(), once);
  ExpectRedirected(Dial(Address(kPod4, 8080)), *inbound_, Address(kPod4, 8080));
}

TEST_P(InitTest, ASecondRunWithOtherFlagsReplacesTheRules) {
  SetUpRules({"--inbound-ports-to-ignore", "8080"});
  SetUpRules({"--inbound-ports-to-ignore", "9090"});
  ExpectRedirected(Dial(Address(kPod4, 8080)), *inbound_, Address(kPod4, 8080));
  ExpectDirect(Dial(Address(kPod4, 9090)), *pod_ports_[9090]);
}

TEST_P(InitTest, CleanupRestoresWhatWasThere) {
  const std::string suffix = GetParam() == "plain" ? "" : absl::StrCat("-", GetParam());
  const std::string tables = absl::StrCat("iptables", suffix);
  // A rule of somebody else's, which also has the tools make the table.
  Must(pod_.Inside({tables, "-t", "nat", "-A", "OUTPUT", "-p", "udp", "-j", "RETURN"}));
  CleanUpRules();  // Nothing to do is no error.
  const std::string before = Saved();
  SetUpRules();
  EXPECT_NE(Saved(), before);
  CleanUpRules();
  EXPECT_THAT(Saved(), Not(HasSubstr("PROXY_INIT")));
  EXPECT_THAT(Saved(), HasSubstr("-A OUTPUT -p udp -j RETURN"));
  ExpectDirect(DialFromPod(Address(kPeer4, 80)), *peer_ports_[80]);
  ExpectDirect(Dial(Address(kPod6, 8080)), *pod_ports_[8080]);
  CleanUpRules();
}

TEST_P(InitTest, SetsTheCloseWaitTimeoutOfTheNamespaceAlone) {
  const std::vector<std::string> read = {
      "cat", "/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_close_wait"};
  const std::string ours = Must(read);
  SetUpRules({"--timeout-close-wait-secs", "1234"});
  EXPECT_EQ(Must(pod_.Inside(read)), "1234\n");
  EXPECT_EQ(Must(read), ours);
}

TEST_P(InitTest, SimulationTouchesNothing) {
  const std::string before = Saved();
  SetUpRules({"--simulate", "--timeout-close-wait-secs", "1234"});
  EXPECT_EQ(Saved(), before);
  ExpectDirect(DialFromPod(Address(kPeer4, 80)), *peer_ports_[80]);
}

TEST_P(InitTest, TheValidatorSeesRedirection) {
  outbound_.reset();  // Its port is the validator's.
  for (const auto& [listen, connect] :
       {std::make_pair("0.0.0.0:4140", absl::StrCat(kPeer4, ":20001")),
        std::make_pair("[::]:4140", absl::StrCat("[", kPeer6, "]:20001"))}) {
    const std::vector<std::string> command =
        pod_.Inside({harness::Runfile("proxy/init/validator/validator"), "--listen-addr", listen,
                     "--connect-addr", connect, "--timeout", "300ms"});
    EXPECT_THAT(RunCommand(command),
                StatusIs(absl::StatusCode::kInternal, HasSubstr("exit code 95")));
    SetUpRules();
    EXPECT_OK(RunCommand(command));
    CleanUpRules();
  }
}

TEST_P(InitTest, TheValidatorIsNotMisledByWhoeverAnswers) {
  // The peer accepts, and says nothing or something else.
  for (const char* words :
       {"", "This is somebody else's service, which talks as soon as you come"}) {
    Listener talker(20001);
    std::thread answer([&] {
      const net::UniqueFd client = talker.Accept();
      (void)!send(client.get(), words, strlen(words), MSG_NOSIGNAL);
      char byte = 0;
      (void)!recv(client.get(), &byte, 1, 0);  // Until the validator leaves.
    });
    outbound_.reset();
    EXPECT_THAT(RunCommand(pod_.Inside({harness::Runfile("proxy/init/validator/validator"),
                                        "--connect-addr", absl::StrCat(kPeer4, ":20001"),
                                        "--timeout", "300ms"})),
                StatusIs(absl::StatusCode::kInternal, HasSubstr("exit code 95")));
    answer.join();
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, InitTest, ::testing::Values("nft", "legacy", "plain"),
                         [](const auto& info) { return info.param; });

struct BadCommandLine {
  std::string test_name;
  std::vector<std::string> flags;
  std::string message;
};

class BadCommandLineTest : public ::testing::TestWithParam<BadCommandLine> {};

TEST_P(BadCommandLineTest, IsRefusedByName) {
  std::vector<std::string> command = {Program()};
  command.insert(command.end(), GetParam().flags.begin(), GetParam().flags.end());
  EXPECT_THAT(RunCommand(command),
              StatusIs(absl::StatusCode::kInternal,
                       ::testing::AllOf(HasSubstr("exit code 64"), HasSubstr("proxy-init: "),
                                        HasSubstr(GetParam().message))));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadCommandLineTest,
    ::testing::ValuesIn(std::vector<BadCommandLine>{
        {"NoInboundPort", {"-o", "4140"}, "--incoming-proxy-port is required"},
        {"NoOutboundPort", {"-p", "4143"}, "--outgoing-proxy-port is required"},
        {"PortZero", {"-p", "0", "-o", "4140"}, "--incoming-proxy-port"},
        {"Mode", {"--cleanup", "--iptables-mode", "ebpf"}, "--iptables-mode"},
        {"BinPath", {"--cleanup", "--firewall-bin-path", "/bin/sh"}, "--firewall-bin-path"},
        {"IgnoredPort", {"--inbound-ports-to-ignore", "80,x"}, "--inbound-ports-to-ignore: 'x'"},
        {"Range", {"--outbound-ports-to-ignore", "9-8"}, "--outbound-ports-to-ignore: '9-8'"},
        {"Subnet", {"--subnets-to-ignore", "10.0.0.0/33"}, "--subnets-to-ignore"},
        {"Unknown", {"--bogus"}, "--bogus"},
    }),
    [](const auto& info) { return info.param.test_name; });

TEST(ProgramTest, TellsVersionAndHelp) {
  EXPECT_THAT(Must({Program(), "--version"}), HasSubstr("proxy-init 0."));
  const std::string help = Must({Program(), "--help"});
  for (const char* part : {"--incoming-proxy-port", "--netns", "--cleanup", "Examples:"}) {
    EXPECT_THAT(help, HasSubstr(part));
  }
}

TEST(ProgramTest, AFailingCommandIsAFailure) {
  EXPECT_THAT(RunCommand({Program(), "-p", "1", "-o", "2", "--netns", "/nowhere"}),
              StatusIs(absl::StatusCode::kInternal,
                       ::testing::AllOf(HasSubstr("exit code 1"), HasSubstr("/nowhere"))));
}

}  // namespace
}  // namespace gossamer::proxy_init
