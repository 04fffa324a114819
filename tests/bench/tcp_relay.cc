// The floor that the benchmark compares with: copies bytes between two sockets and does nothing
// else. No TLS, no protocol, no pool; one thread.
//
//   tcp_relay FILE     each line: LISTEN_IP LISTEN_PORT TARGET_IP TARGET_PORT
//
// Level-triggered epoll; what is read is written at once. A destination that takes no more stops
// its source.

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/sockets.h"

namespace gossamer::bench {
namespace {

constexpr size_t kBufferSize = 64 * 1024;

struct Target {
  std::string ip;
  int port = 0;
};

struct Pair;

// One of a pair's two sockets, as a source of bytes for the other.
struct End {
  const int fd;
  Pair* const pair;
  End* const other;
  bool connecting;       // Nothing can be written to it yet.
  uint32_t watched = 0;  // Of epoll's events.
  std::string unsent{};  // For the other, which is full.
  bool ended = false;    // No more will be read from it.
  bool shut = false;     // The other has been told.
};

struct Pair {
  Pair(int client_fd, int server_fd)
      : client{client_fd, this, &server, false}, server{server_fd, this, &client, true} {}

  End client;
  End server;
  bool broken = false;

  ~Pair() {
    close(client.fd);
    close(server.fd);
  }
};

class Relay {
 public:
  bool Listen(const std::string& ip, int port, Target target) {
    const int fd = ListenAt(port, ip);
    if (fd < 0) return false;
    listeners_.push_back(std::make_unique<Listener>(Listener{fd, std::move(target)}));
    Watch(fd, EPOLLIN, listeners_.back().get());
    return true;
  }

  [[noreturn]] void Run() {
    epoll_event events[256];
    for (;;) {
      const int count = epoll_wait(epoll_, events, 256, -1);
      for (int i = 0; i < count; ++i) {
        if (Listener* listener = FindListener(events[i].data.ptr)) {
          Accept(*listener);
        } else {
          OnEvent(static_cast<End*>(events[i].data.ptr), events[i].events);
        }
      }
      // Only now: a later event of the same batch may name the other end.
      over_.clear();
    }
  }

 private:
  struct Listener {
    int fd;
    Target target;
  };

  Listener* FindListener(void* pointer) {
    for (const auto& listener : listeners_) {
      if (listener.get() == pointer) return listener.get();
    }
    return nullptr;
  }

  void Watch(int fd, uint32_t events, void* pointer) {
    epoll_event event = {};
    event.events = events;
    event.data.ptr = pointer;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void Accept(const Listener& listener) {
    for (int fd; (fd = AcceptFrom(listener.fd)) >= 0;) {
      auto pair =
          std::make_unique<Pair>(fd, BeginConnect(listener.target.ip, listener.target.port));
      if (pair->server.fd < 0) continue;
      for (End* end : {&pair->client, &pair->server}) {
        end->watched = Wanted(*end);
        Watch(end->fd, end->watched, end);
      }
      Pair* const key = pair.get();
      pairs_[key] = std::move(pair);
    }
  }

  void OnEvent(End* end, uint32_t events) {
    Pair* const pair = end->pair;
    if (pair->broken) return;
    if ((events & EPOLLERR) != 0) return Finish(pair);
    if ((events & EPOLLOUT) != 0) {
      end->connecting = false;
      if (!Flush(end->other)) return Finish(pair);
    }
    if ((events & (EPOLLIN | EPOLLHUP)) != 0 && end->unsent.empty() && !end->ended &&
        !Forward(end)) {
      return Finish(pair);
    }
    if (pair->client.shut && pair->server.shut) return Finish(pair);
    Rewatch(&pair->client);
    Rewatch(&pair->server);
  }

  // Reads once from `end` and writes to the other. False where the pair is broken.
  bool Forward(End* end) {
    static char buffer[kBufferSize];
    if (end->other->connecting) return true;
    const ssize_t size = recv(end->fd, buffer, sizeof(buffer), 0);
    if (size < 0) return errno == EAGAIN;
    if (size == 0) {
      end->ended = true;
      return Flush(end);
    }
    const ssize_t sent = send(end->other->fd, buffer, static_cast<size_t>(size), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return false;
    const size_t taken = sent < 0 ? 0 : static_cast<size_t>(sent);
    end->unsent.assign(buffer + taken, static_cast<size_t>(size) - taken);
    return true;
  }

  // Writes what `end` has brought and the other has not taken, then the end if that has come.
  bool Flush(End* end) {
    if (!end->unsent.empty()) {
      const ssize_t sent =
          send(end->other->fd, end->unsent.data(), end->unsent.size(), MSG_NOSIGNAL);
      if (sent < 0) return errno == EAGAIN;
      end->unsent.erase(0, static_cast<size_t>(sent));
    }
    if (end->unsent.empty() && end->ended && !end->shut) {
      shutdown(end->other->fd, SHUT_WR);
      end->shut = true;
    }
    return true;
  }

  static uint32_t Wanted(const End& end) {
    uint32_t events = 0;
    if (!end.ended && end.unsent.empty() && !end.other->connecting) events |= EPOLLIN;
    if (end.connecting || !end.other->unsent.empty()) events |= EPOLLOUT;
    return events;
  }

  void Rewatch(End* end) {
    const uint32_t wanted = Wanted(*end);
    if (wanted == end->watched) return;
    end->watched = wanted;
    epoll_event event = {};
    event.events = wanted;
    event.data.ptr = end;
    epoll_ctl(epoll_, EPOLL_CTL_MOD, end->fd, &event);
  }

  void Finish(Pair* pair) {
    pair->broken = true;
    for (End* end : {&pair->client, &pair->server}) {
      epoll_ctl(epoll_, EPOLL_CTL_DEL, end->fd, nullptr);
    }
    const auto found = pairs_.find(pair);
    over_.push_back(std::move(found->second));
    pairs_.erase(found);
  }

  const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::map<Pair*, std::unique_ptr<Pair>> pairs_;
  std::vector<std::unique_ptr<Pair>> over_;
};

int Main(const char* path) {
  Relay relay;
  std::ifstream file(path);
  std::string listen_ip;
  int listen_port = 0;
  int listeners = 0;
  for (Target target; file >> listen_ip >> listen_port >> target.ip >> target.port; ++listeners) {
    if (relay.Listen(listen_ip, listen_port, target)) continue;
    fprintf(stderr, "tcp_relay: cannot listen on %s:%d: %s\n", listen_ip.c_str(), listen_port,
            strerror(errno));
    return 1;
  }
  if (listeners == 0 || !file.eof()) {
    fprintf(stderr, "tcp_relay: %s: expected lines of IP PORT IP PORT\n", path);
    return 1;
  }
  relay.Run();
}

}  // namespace
}  // namespace gossamer::bench

int main(int argc, char** argv) {
  if (argc == 2) return gossamer::bench::Main(argv[1]);
  fprintf(stderr, "usage: tcp_relay FILE\n");
  return 2;
}
