// traffic: visits the sample shop. HTTP/1.1 requests to web at a fixed rate, a WebSocket to feed,
// and short conversations with store over TCP.
//
// The control port (see App) also takes
//   POST /pause    stops all traffic, closes all connections, and answers when that is done
//   POST /resume   starts it again
// so that the counters of both ends can be compared at rest.

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "examples/common/app.h"
#include "httplib.h"
#include "websocketpp/client.hpp"
#include "websocketpp/config/asio_no_tls_client.hpp"

namespace gossamer::examples {
namespace {

using WebSocketClient = websocketpp::client<websocketpp::config::asio_client>;

struct Targets {
  std::string web = "web.shop.svc.cluster.local:8080";
  std::string feed = "feed.shop.svc.cluster.local:7080";
  std::string store = "store.shop.svc.cluster.local:7070";
  double rate = 20;  // Requests a second to web; the others see a tenth.
};

constexpr int kWebConnections = 4;
constexpr auto kTimeout = std::chrono::seconds(5);
constexpr absl::Duration kReconnectPause = absl::Milliseconds(200);

// Whether traffic is to flow; shared by the threads that make it.
class Switch {
 public:
  // Waits until `when` while traffic flows; false where it has been switched off.
  bool WaitUntil(absl::Time when) const {
    while (on_ && absl::Now() < when) {
      absl::SleepFor(std::min(when - absl::Now(), absl::Milliseconds(20)));
    }
    return on_;
  }
  bool on() const { return on_; }
  void Set(bool on) { on_ = on; }

 private:
  std::atomic<bool> on_ = false;
};

// Requests to web, each loop on a connection that it keeps.
void VisitWeb(const Targets& targets, int loop, const Switch& traffic, Counters* counters) {
  static constexpr const char* kPaths[] = {"/", "/api/items", "/api/items/thread",
                                           "/api/items/lens", "/api/stream"};
  httplib::Client client("http://" + targets.web);
  client.set_keep_alive(true);
  client.set_tcp_nodelay(true);
  client.set_connection_timeout(kTimeout);
  client.set_read_timeout(kTimeout);
  const absl::Duration interval = absl::Seconds(kWebConnections / targets.rate);
  absl::Time next = absl::Now() + interval * loop / kWebConnections;
  for (size_t i = static_cast<size_t>(loop); traffic.WaitUntil(next); ++i) {
    // At most one interval behind: a slow answer must not be followed by a burst.
    next = std::max(next + interval, absl::Now() - interval);
    const httplib::Result result = client.Get(kPaths[i % std::size(kPaths)]);
    counters->Add(result ? absl::StrCat("sent.web.http.", result->status)
                         : absl::StrCat("sent.web.error.", httplib::to_string(result.error())));
    if (!result) traffic.WaitUntil(absl::Now() + kReconnectPause);
  }
}

// One WebSocket, kept open; says something at intervals and counts what comes.
class FeedReader {
 public:
  FeedReader(const Targets& targets, Counters* counters) : targets_(targets), counters_(counters) {
    client_.clear_access_channels(websocketpp::log::alevel::all);
    client_.clear_error_channels(websocketpp::log::elevel::all);
    client_.init_asio();
    client_.set_message_handler(
        [this](auto, auto) { counters_->Add("sent.feed.messages_received"); });
    client_.set_open_handler([this](auto) { counters_->Add("sent.feed.http.101"); });
  }

  void Run(const Switch& traffic) {
    while (traffic.on()) {
      Connect(traffic);
      traffic.WaitUntil(absl::Now() + kReconnectPause);
    }
  }

 private:
  void Connect(const Switch& traffic) {
    websocketpp::lib::error_code error;
    auto connection = client_.get_connection("ws://" + targets_.feed + "/feed", error);
    if (error) return counters_->Add("sent.feed.error");
    connection->set_fail_handler([this](auto) { counters_->Add("sent.feed.error"); });
    client_.connect(connection);
    client_.reset();
    // run_one_for() ends at the latest after its time, which bounds how long a pause takes.
    const absl::Duration interval = absl::Seconds(10 / targets_.rate);
    absl::Time next = absl::Now() + interval;
    bool closing = false;
    while (!client_.stopped()) {
      client_.get_io_service().run_one_for(kStep);
      if (connection->get_state() == websocketpp::session::state::closed) break;
      if (connection->get_state() != websocketpp::session::state::open) continue;
      if (!traffic.on() && !closing) {
        closing = true;
        connection->close(websocketpp::close::status::going_away, "", error);
      } else if (!closing && absl::Now() > next) {
        next += interval;
        connection->send(std::string("hello"), websocketpp::frame::opcode::text);
        counters_->Add("sent.feed.messages_sent");
      }
    }
  }

  static constexpr std::chrono::milliseconds kStep{20};

  const Targets& targets_;
  Counters* const counters_;
  WebSocketClient client_;
};

// A socket that counts its bytes. All calls fail quietly after the first that did.
class CountedSocket {
 public:
  CountedSocket(const std::string& host_and_port, Counters* counters) : counters_(counters) {
    const std::vector<std::string> parts = absl::StrSplit(host_and_port, ':');
    addrinfo hints = {};
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (parts.size() != 2 || getaddrinfo(parts[0].c_str(), parts[1].c_str(), &hints, &found) != 0) {
      return;
    }
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval timeout = {5, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    ok_ = connect(fd_, found->ai_addr, found->ai_addrlen) == 0;
    freeaddrinfo(found);
  }
  CountedSocket(const CountedSocket&) = delete;
  CountedSocket& operator=(const CountedSocket&) = delete;
  ~CountedSocket() {
    if (fd_ >= 0) close(fd_);
  }

  bool ok() const { return ok_; }

  // Sends `text` where there is any, then reads one line.
  std::string Converse(const std::string& text) {
    if (ok_ && !text.empty()) {
      const ssize_t sent = send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      ok_ = sent == static_cast<ssize_t>(text.size());
      if (sent > 0) counters_->Add("sent.store.bytes_written", sent);
    }
    std::string line;
    for (char c = 0; ok_ && c != '\n';) {
      ok_ = recv(fd_, &c, 1, 0) == 1;
      if (!ok_) break;
      counters_->Add("sent.store.bytes_read");
      line.push_back(c);
    }
    return line;
  }

 private:
  Counters* const counters_;
  int fd_ = -1;
  bool ok_ = false;
};

void UseStore(const Targets& targets, const Switch& traffic, Counters* counters) {
  const absl::Duration interval = absl::Seconds(10 / targets.rate);
  absl::Time next = absl::Now();
  for (int i = 0; traffic.WaitUntil(next); ++i) {
    next = std::max(next + interval, absl::Now());
    CountedSocket socket(targets.store, counters);
    const std::string key = absl::StrCat("visitor", i % 100);
    const std::string value(static_cast<size_t>(i % 50 + 1), 'x');
    const bool answered =
        socket.Converse("") == "STORE ready\n" &&
        socket.Converse(absl::StrCat("SET ", key, " ", value, "\n")) == "OK\n" &&
        socket.Converse(absl::StrCat("GET ", key, "\n")) == absl::StrCat("VALUE ", value, "\n") &&
        socket.Converse("QUIT\n") == "BYE\n";
    counters->Add(answered ? "sent.store.ok" : "sent.store.error");
  }
}

// Starts and stops the threads. Start() and Stop() come from the control server's threads.
class Traffic {
 public:
  Traffic(const Targets& targets, Counters* counters) : targets_(targets), counters_(counters) {}

  void Start() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    if (!threads_.empty()) return;
    on_.Set(true);
    for (int i = 0; i < kWebConnections; ++i) {
      threads_.emplace_back([this, i] { VisitWeb(targets_, i, on_, counters_); });
    }
    threads_.emplace_back([this] { FeedReader(targets_, counters_).Run(on_); });
    threads_.emplace_back([this] { UseStore(targets_, on_, counters_); });
  }

  void Stop() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    on_.Set(false);
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  const Targets& targets_;
  Counters* const counters_;
  Switch on_;
  absl::Mutex mutex_;
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace
}  // namespace gossamer::examples

int main(int argc, char** argv) {
  using namespace gossamer::examples;  // NOLINT: one main() over the names above.
  App app("traffic", "Visits the sample shop at a fixed rate.");
  Targets targets;
  app.flags().add_option("--web", targets.web, "HOST:PORT of web")->capture_default_str();
  app.flags().add_option("--feed", targets.feed, "HOST:PORT of feed")->capture_default_str();
  app.flags().add_option("--store", targets.store, "HOST:PORT of store")->capture_default_str();
  app.flags()
      .add_option("--rate", targets.rate, "Requests a second to web; the others see a tenth")
      ->check(CLI::Range(0.1, 10000.0))
      ->capture_default_str();
  bool paused = false;
  app.flags().add_flag("--paused", paused, "Wait for POST /resume on the control port");

  Traffic traffic(targets, &app.counters());
  app.control().Post("/pause", [&](const httplib::Request&, httplib::Response& response) {
    traffic.Stop();
    response.set_content(app.counters().ToJson(), "application/json");
  });
  app.control().Post("/resume", [&](const httplib::Request&, httplib::Response& response) {
    traffic.Start();
    response.set_content("ok\n", "text/plain");
  });
  return app.Run(
      argc, argv,
      [&]() -> std::string {
        if (!paused) traffic.Start();
        return "";
      },
      [&] { traffic.Stop(); });
}
