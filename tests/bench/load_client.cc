// The client before every contestant of the benchmark. Prints one line of JSON at its end:
// requests, errors, bytes, seconds, p50_us, p99_us.
//
//   http1  connections that each have one request under way; with --rate, requests at fixed times
//          whose latency counts from the time they were due
//   http2  connections with --streams requests under way each; --grpc: 1 KiB each way, trailers
//   bulk   connections that read what the server sends
//   hold   connections that have had one HTTP/1.1 answer and stay open; prints "ready", then waits
//
// One thread, level-triggered epoll.

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <iostream>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "CLI/CLI.hpp"
#include "tests/bench/h2_pump.h"
#include "tests/bench/load_ports.h"
#include "tests/bench/sockets.h"

namespace gossamer::bench {
namespace {

constexpr int kConnectionsMax = 4096;
constexpr int kHoldSeconds = 600;

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

int64_t NowNs() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

struct Tally {
  int64_t requests = 0;
  int64_t errors = 0;
  int64_t bytes = 0;
  std::vector<float> latency_us;

  void Answered(bool ok, int64_t begun_ns) {
    ++(ok ? requests : errors);
    if (ok) latency_us.push_back(static_cast<float>(NowNs() - begun_ns) / 1000);
  }

  double Percentile(double share) {
    if (latency_us.empty()) return 0;
    const size_t at = std::min(latency_us.size() - 1,
                               static_cast<size_t>(share * static_cast<double>(latency_us.size())));
    std::nth_element(latency_us.begin(), latency_us.begin() + static_cast<ptrdiff_t>(at),
                     latency_us.end());
    return latency_us[at];
  }
};

class Connection {
 public:
  virtual ~Connection() = default;
  // Sends the first requests.
  virtual bool Start() = 0;
  // False where it is over.
  virtual bool OnReadable() = 0;
};

class Http1Connection : public Connection {
 public:
  Http1Connection(int fd, const std::string* request, bool loop, Tally* tally)
      : fd_(fd), request_(request), loop_(loop), tally_(tally) {}
  ~Http1Connection() override { close(fd_); }

  bool idle() const { return idle_; }

  bool Start() override { return !loop_ || Send(NowNs()); }

  bool Send(int64_t begun_ns) {
    idle_ = false;
    begun_ns_ = begun_ns;
    return send(fd_, request_->data(), request_->size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(request_->size());
  }

  bool OnReadable() override {
    char buffer[16 * 1024];
    const ssize_t size = recv(fd_, buffer, sizeof(buffer), 0);
    if (size <= 0) return size < 0 && errno == EAGAIN;
    answer_.append(buffer, static_cast<size_t>(size));
    const size_t head = answer_.find("\r\n\r\n");
    // The server's answers all have this length; another's may have any, and count as errors.
    const bool ok = answer_.compare(0, 12, "HTTP/1.1 200") == 0;
    if (head == std::string::npos || (ok && answer_.size() < head + 4 + kPlainBody)) return true;
    tally_->Answered(ok, begun_ns_);
    tally_->bytes += static_cast<int64_t>(answer_.size());
    answer_.clear();
    idle_ = true;
    return ok && Start();
  }

 private:
  const int fd_;
  const std::string* const request_;
  const bool loop_;
  Tally* const tally_;
  std::string answer_;
  int64_t begun_ns_ = 0;
  bool idle_ = true;
};

class BulkConnection : public Connection {
 public:
  BulkConnection(int fd, Tally* tally) : fd_(fd), tally_(tally) {}
  ~BulkConnection() override { close(fd_); }

  bool Start() override { return send(fd_, "x", 1, MSG_NOSIGNAL) == 1; }

  bool OnReadable() override {
    static char buffer[256 * 1024];
    const ssize_t size = recv(fd_, buffer, sizeof(buffer), 0);
    if (size <= 0) return size < 0 && errno == EAGAIN;
    tally_->bytes += size;
    return true;
  }

 private:
  const int fd_;
  Tally* const tally_;
};

class Http2Connection : public Connection {
 public:
  Http2Connection(int fd, const Flags& flags, Tally* tally)
      : pump_(fd), flags_(flags), tally_(tally) {
    request_ = {{":method", flags.grpc ? "POST" : "GET"},
                {":scheme", "http"},
                {":authority", flags.authority},
                {":path", flags.grpc ? "/bench.Echo/Unary" : "/"}};
    if (flags.grpc) {
      request_.push_back({"content-type", "application/grpc"});
      request_.push_back({"te", "trailers"});
    }
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, OnHeader);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, OnData);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, OnStreamClose);
    nghttp2_session* session = nullptr;
    nghttp2_session_client_new(&session, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    pump_.Begin(session);
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, nullptr, 0);
  }

  bool Start() override {
    for (int i = 0; i < flags_.streams; ++i) SubmitRequest();
    return pump_.Flush();
  }

  bool OnReadable() override { return pump_.OnReady(); }

 private:
  struct Request {
    int64_t begun_ns = 0;
    bool ok = false;
    size_t body = 0;
  };

  static Http2Connection* Self(void* self) { return static_cast<Http2Connection*>(self); }

  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                      size_t name_size, const uint8_t* value, size_t value_size, uint8_t,
                      void* self) {
    const std::string_view field(reinterpret_cast<const char*>(name), name_size);
    const std::string_view text(reinterpret_cast<const char*>(value), value_size);
    Request& request = Self(self)->requests_[frame->hd.stream_id];
    if (field == ":status") request.ok = text == "200";
    if (field == "grpc-status" && text != "0") request.ok = false;
    return 0;
  }

  static int OnData(nghttp2_session*, uint8_t, int32_t stream, const uint8_t*, size_t size,
                    void* self) {
    Self(self)->requests_[stream].body += size;
    return 0;
  }

  static int OnStreamClose(nghttp2_session*, int32_t stream, uint32_t, void* self) {
    Http2Connection& connection = *Self(self);
    const Request request = connection.requests_[stream];
    connection.requests_.erase(stream);
    const size_t wanted = connection.flags_.grpc ? kGrpcBody : kPlainBody;
    connection.tally_->Answered(request.ok && request.body == wanted, request.begun_ns);
    connection.tally_->bytes += static_cast<int64_t>(request.body);
    connection.SubmitRequest();
    return 0;
  }

  static ssize_t ReadBody(nghttp2_session*, int32_t, uint8_t* buffer, size_t, uint32_t* flags,
                          nghttp2_data_source*, void*) {
    WriteGrpcMessage(buffer);
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    return kGrpcBody;
  }

  void SubmitRequest() {
    const std::vector<nghttp2_nv> headers = NameValues(request_);
    nghttp2_data_provider body = {};
    body.read_callback = ReadBody;
    const int32_t stream =
        nghttp2_submit_request(pump_.session(), nullptr, headers.data(), headers.size(),
                               flags_.grpc ? &body : nullptr, nullptr);
    if (stream > 0) requests_[stream].begun_ns = NowNs();
  }

  H2Pump pump_;
  const Flags flags_;
  Tally* const tally_;
  Headers request_;
  std::unordered_map<int32_t, Request> requests_;
};

class Client {
 public:
  explicit Client(const Flags& flags) : flags_(flags) {
    request_ = "GET / HTTP/1.1\r\nhost: " + flags.authority + "\r\n\r\n";
  }

  bool Connect() {
    for (int i = 0; i < flags_.connections; ++i) {
      const int fd = ConnectTo(flags_.ip, flags_.port);
      if (fd < 0) return false;
      connections_[fd] = Make(fd);
      if (auto* http1 = dynamic_cast<Http1Connection*>(connections_[fd].get())) {
        http1_.push_back(http1);
      }
      Watch(fd);
    }
    return true;
  }

  void Run() {
    const int64_t begun_ns = NowNs();
    const int64_t end_ns = begun_ns + static_cast<int64_t>(flags_.seconds * 1e9);
    if (flags_.rate > 0) {
      StartTimer();
    } else {
      for (auto& [fd, connection] : connections_) Count(connection->Start());
    }
    while (NowNs() < end_ns && !connections_.empty()) Wait(end_ns);
    const double seconds = static_cast<double>(NowNs() - begun_ns) / 1e9;
    printf(
        "{\"requests\": %ld, \"errors\": %ld, \"bytes\": %ld, \"seconds\": %.4f, "
        "\"p50_us\": %.1f, \"p99_us\": %.1f}\n",
        static_cast<long>(tally_.requests), static_cast<long>(tally_.errors),
        static_cast<long>(tally_.bytes), seconds, tally_.Percentile(0.5), tally_.Percentile(0.99));
  }

  // One answer on each connection, then nothing.
  bool Hold() {
    for (Http1Connection* connection : http1_) {
      if (!connection->Send(NowNs())) return false;
      const int64_t wanted = tally_.requests + 1;
      const int64_t end_ns = NowNs() + 5'000'000'000LL;
      while (tally_.requests < wanted && tally_.errors == 0 && NowNs() < end_ns) Wait(end_ns);
      if (tally_.requests < wanted) return false;
    }
    printf("ready\n");
    fflush(stdout);
    sleep(kHoldSeconds);
    return true;
  }

 private:
  std::unique_ptr<Connection> Make(int fd) {
    if (flags_.mode == "http2") return std::make_unique<Http2Connection>(fd, flags_, &tally_);
    if (flags_.mode == "bulk") return std::make_unique<BulkConnection>(fd, &tally_);
    return std::make_unique<Http1Connection>(fd, &request_,
                                             flags_.mode == "http1" && flags_.rate == 0, &tally_);
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
        continue;
      }
      const auto found = connections_.find(fd);
      if (found == connections_.end() || found->second->OnReadable()) continue;
      Count(false);
      http1_.erase(std::remove(http1_.begin(), http1_.end(), found->second.get()), http1_.end());
      connections_.erase(found);
    }
    while (!due_.empty() && SendOne(due_.front())) due_.pop_front();
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
      ->check(CLI::IsMember({"http1", "http2", "bulk", "hold"}));
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
  if (!client.Connect()) {
    std::cerr << "load_client: cannot connect to " << flags.ip << ":" << flags.port << std::endl;
    return 1;
  }
  if (flags.mode == "hold") return client.Hold() ? 0 : 1;
  client.Run();
  return 0;
}

}  // namespace
}  // namespace gossamer::bench

int main(int argc, char** argv) { return gossamer::bench::Main(argc, argv); }
