// The client before every contestant of the benchmark. Prints one line of JSON at its end:
// requests, bytes, seconds and, with --rate, latencies_us of every request. Where a request failed
// it says so instead, and the exit code is 1.
//
//   http1  connections that each have one request under way; with --rate, requests at fixed times
//          whose latency counts from the time they were due
//   fresh  as http1, with a new connection for every request
//   http2  connections with --streams requests under way each; --grpc: 1 KiB each way, trailers
//   bulk   connections that read what the server sends
//   hold   connections that have had one HTTP/1.1 answer, one after the other, and stay open;
//   prints
//          "ready", then waits
//
// One thread, level-triggered epoll.

#include <stdio.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <iostream>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "CLI/CLI.hpp"
#include "tests/bench/client_connection.h"
#include "tests/bench/sockets.h"

namespace gossamer::bench {
namespace {

constexpr int kConnectionsMax = 4096;
constexpr int kHoldSeconds = 600;
constexpr int64_t kHoldAnswerNs = 5'000'000'000;

struct Flags {
  std::string mode;
  std::string ip;
  int port = 0;
  std::string authority = "load-server";
  int connections = 1;
  int streams = 1;
  double seconds = 1;
  int rate = 0;
  bool grpc = false;
};

class Client {
 public:
  explicit Client(const Flags& flags) : flags_(flags) {
    request_ = "GET / HTTP/1.1\r\nhost: " + flags.authority +
               (flags.mode == "fresh" ? "\r\nconnection: close\r\n\r\n" : "\r\n\r\n");
    tally_.keep_latency = flags.rate > 0;
  }

  bool Connect() {
    for (int i = 0; i < flags_.connections; ++i) {
      if (AddConnection() == nullptr) return false;
    }
    return true;
  }

  bool Run() {
    const int64_t begun_ns = NowNs();
    const int64_t end_ns = begun_ns + static_cast<int64_t>(flags_.seconds * 1e9);
    if (flags_.rate > 0) {
      StartTimer();
    } else {
      for (auto& [fd, connection] : connections_) Count(connection->Start());
    }
    while (NowNs() < end_ns && !connections_.empty()) Wait(end_ns);
    return Print(static_cast<double>(NowNs() - begun_ns) / 1e9);
  }

  // One connection after the other gets one answer; then nothing.
  bool Hold() {
    for (int held = 0; held < flags_.connections; ++held) {
      if (AddConnection() == nullptr || !http1_.back()->Send(NowNs())) return false;
      const int64_t wanted = tally_.requests + 1;
      const int64_t end_ns = NowNs() + kHoldAnswerNs;
      while (tally_.requests < wanted && tally_.errors == 0 && NowNs() < end_ns) Wait(end_ns);
      if (tally_.requests < wanted) return false;
    }
    printf("ready\n");
    fflush(stdout);
    sleep(kHoldSeconds);
    return true;
  }

 private:
  Connection* AddConnection() {
    const int fd = ConnectTo(flags_.ip, flags_.port);
    if (fd < 0) return nullptr;
    std::unique_ptr<Connection>& connection = connections_[fd];
    connection = Make(fd);
    if (auto* http1 = dynamic_cast<Http1Connection*>(connection.get())) http1_.push_back(http1);
    Watch(fd);
    return connection.get();
  }

  std::unique_ptr<Connection> Make(int fd) {
    if (flags_.mode == "bulk") return std::make_unique<BulkConnection>(fd, &tally_);
    if (flags_.mode == "http2") {
      const Http2Connection::Options options = {flags_.authority, flags_.streams, flags_.grpc};
      return std::make_unique<Http2Connection>(fd, options, &tally_);
    }
    using Use = Http1Connection::Use;
    Use use = Use::kOnDemand;
    if (flags_.mode == "http1" && flags_.rate == 0) use = Use::kRepeat;
    if (flags_.mode == "fresh") use = Use::kOnce;
    return std::make_unique<Http1Connection>(fd, &request_, use, &tally_);
  }

  void Watch(int fd) {
    epoll_event event = {};
    event.events = EPOLLIN;
    event.data.fd = fd;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void StartTimer() {
    timer_ = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    interval_ns_ = 1'000'000'000LL / flags_.rate;
    next_due_ns_ = NowNs() + interval_ns_;
    itimerspec at = {};
    at.it_value = {next_due_ns_ / 1'000'000'000LL, next_due_ns_ % 1'000'000'000LL};
    at.it_interval = {0, interval_ns_};
    if (interval_ns_ >= 1'000'000'000LL) at.it_interval = {1, 0};
    timerfd_settime(timer_, TFD_TIMER_ABSTIME, &at, nullptr);
    Watch(timer_);
  }

  void Wait(int64_t end_ns) {
    epoll_event events[64];
    const int timeout_ms = static_cast<int>((end_ns - NowNs()) / 1'000'000) + 1;
    const int count = epoll_wait(epoll_, events, 64, timeout_ms);
    for (int i = 0; i < count; ++i) {
      const int fd = events[i].data.fd;
      if (fd == timer_) {
        OnTimer();
      } else {
        OnReadable(fd);
      }
    }
    while (!due_.empty() && SendOne(due_.front())) due_.pop_front();
  }

  void OnReadable(int fd) {
    const auto found = connections_.find(fd);
    if (found == connections_.end()) return;
    const Connection::Outcome outcome = found->second->OnReadable();
    if (outcome == Connection::Outcome::kGoesOn) return;
    if (outcome == Connection::Outcome::kAnswered) {
      // The next one does not wait for the server to end this one.
      Connection* next = AddConnection();
      Count(next != nullptr && next->Start());
      return;
    }
    Count(outcome != Connection::Outcome::kBroken);
    http1_.erase(std::remove(http1_.begin(), http1_.end(), found->second.get()), http1_.end());
    connections_.erase(found);
  }

  void OnTimer() {
    uint64_t times = 0;
    if (read(timer_, &times, sizeof(times)) != sizeof(times)) return;
    for (; times > 0; --times, next_due_ns_ += interval_ns_) due_.push_back(next_due_ns_);
  }

  bool SendOne(int64_t due_ns) {
    for (size_t i = 0; i < http1_.size(); ++i) {
      Http1Connection* connection = http1_[turn_++ % http1_.size()];
      if (!connection->idle()) continue;
      Count(connection->Send(due_ns));
      return true;
    }
    return false;
  }

  void Count(bool ok) {
    if (!ok) ++tally_.errors;
  }

  bool Print(double seconds) const {
    if (tally_.errors > 0) {
      std::cerr << "load_client: " << tally_.errors << " errors, after " << tally_.requests
                << " answers; the first one: " << tally_.first_error << std::endl;
      return false;
    }
    printf("{\"requests\": %ld, \"bytes\": %ld, \"seconds\": %.4f",
           static_cast<long>(tally_.requests), static_cast<long>(tally_.bytes), seconds);
    const char* before = ", \"latencies_us\": [";
    for (const float latency : tally_.latency_us) {
      printf("%s%.1f", before, latency);
      before = ",";
    }
    printf("%s}\n", tally_.latency_us.empty() ? "" : "]");
    return true;
  }

  const Flags flags_;
  const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::string request_;
  Tally tally_;
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;
  std::vector<Http1Connection*> http1_;  // Of connections_.
  size_t turn_ = 0;
  int timer_ = -1;
  int64_t interval_ns_ = 0;
  int64_t next_due_ns_ = 0;
  std::deque<int64_t> due_;
};

int Main(int argc, char** argv) {
  Flags flags;
  CLI::App app("Puts load on a server and prints what came of it.", "load_client");
  app.add_option("mode", flags.mode)
      ->required()
      ->check(CLI::IsMember({"http1", "fresh", "http2", "bulk", "hold"}));
  app.add_option("ip", flags.ip)->required();
  app.add_option("port", flags.port)->required();
  app.add_option("--authority", flags.authority);
  app.add_option("--connections", flags.connections)->check(CLI::Range(1, kConnectionsMax));
  app.add_option("--streams", flags.streams)->check(CLI::Range(1, 100));
  app.add_option("--seconds", flags.seconds)->check(CLI::Range(0.05, 600.0));
  app.add_option("--rate", flags.rate)->check(CLI::Range(0, 100000));
  app.add_flag("--grpc", flags.grpc);
  CLI11_PARSE(app, argc, argv);
  Client client(flags);
  if (flags.mode == "hold") return client.Hold() ? 0 : 1;
  if (!client.Connect()) {
    std::cerr << "load_client: cannot connect to " << flags.ip << ":" << flags.port << std::endl;
    return 1;
  }
  return client.Run() ? 0 : 1;
}

}  // namespace
}  // namespace gossamer::bench

int main(int argc, char** argv) { return gossamer::bench::Main(argc, argv); }
