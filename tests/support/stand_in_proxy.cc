// A stand-in for the proxy, for the harness' own test: takes redirected connections on the inbound
// and outbound ports, carries each to where it wanted to go, and says so on the admin port.
// No TLS, no discovery. Named by the same environment as the real one.

#include <arpa/inet.h>
#include <linux/netfilter_ipv4.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <iostream>
#include <string>
#include <thread>

#include "httplib.h"

namespace {

constexpr int kInbound = 4143;
constexpr int kOutbound = 4140;
constexpr int kAdmin = 4191;

// Copies both ways, half-closing as the peers do.
void Pump(int a, int b) {
  bool open[] = {true, true};
  const int fds[] = {a, b};
  while (open[0] || open[1]) {
    pollfd polled[] = {{open[0] ? a : -1, POLLIN, 0}, {open[1] ? b : -1, POLLIN, 0}};
    poll(polled, 2, -1);
    for (int i = 0; i < 2; ++i) {
      if (polled[i].revents == 0) continue;
      char buffer[4096];
      const ssize_t count = recv(fds[i], buffer, sizeof(buffer), 0);
      if (count > 0) {
        send(fds[1 - i], buffer, static_cast<size_t>(count), MSG_NOSIGNAL);
      } else {
        shutdown(fds[1 - i], SHUT_WR);
        open[i] = false;
      }
    }
  }
}

void Carry(int client) {
  sockaddr_in target = {};
  socklen_t size = sizeof(target);
  if (getsockopt(client, SOL_IP, SO_ORIGINAL_DST, &target, &size) == 0) {
    const int server = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(server, reinterpret_cast<sockaddr*>(&target), sizeof(target)) == 0) {
      Pump(client, server);
    }
    close(server);
  }
  close(client);
}

void Serve(int port, std::atomic<int>* connections) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  listen(listener, 64);
  for (;;) {
    const int client = accept(listener, nullptr, nullptr);
    ++*connections;
    std::thread(Carry, client).detach();
  }
}

}  // namespace

int main() {
  signal(SIGTERM, [](int) { _exit(0); });
  std::atomic<int> inbound = 0;
  std::atomic<int> outbound = 0;
  std::thread(Serve, kInbound, &inbound).detach();
  std::thread(Serve, kOutbound, &outbound).detach();
  httplib::Server admin;
  admin.Get("/ready", [](const auto&, auto& response) {
    const bool ready = access(getenv("LINKERD2_PROXY_IDENTITY_TOKEN_FILE"), R_OK) == 0;
    response.status = ready ? 200 : 503;
  });
  admin.Get("/metrics", [&](const auto&, auto& response) {
    response.set_content("tcp_open_total{direction=\"inbound\"} " + std::to_string(inbound) +
                             "\ntcp_open_total{direction=\"outbound\"} " +
                             std::to_string(outbound) + "\n",
                         "text/plain");
  });
  std::cout << "uid " << getuid() << std::endl;
  admin.listen("0.0.0.0", kAdmin);
}
