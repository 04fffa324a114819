// store: the sample shop's key-value store, a server with a line protocol of its own over TCP.
//
// The server speaks first, which no proxy can detect: the store's port is declared opaque in its
// manifest (config.linkerd.io/opaque-ports), and the mesh carries its bytes unread.
//
//   server: STORE ready            client: SET KEY VALUE   server: OK
//                                  client: GET KEY         server: VALUE VALUE, or NONE
//                                  client: QUIT            server: BYE, and closes
//   Anything else is answered with "ERROR ..." and the connection stays open.

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "examples/common/app.h"

namespace gossamer::examples {
namespace {

constexpr size_t kLineMax = 1024;
constexpr size_t kKeysMax = 10000;
constexpr size_t kConnectionsMax = 1000;

class Store {
 public:
  explicit Store(Counters* counters) : counters_(counters) {}

  std::string Start(int port) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
        listen(listener_, 128) != 0) {
      return absl::StrCat("cannot listen on --port ", port, ": ", strerror(errno));
    }
    thread_ = std::thread([this] { AcceptAll(); });
    return "";
  }

  void Stop() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    absl::MutexLock lock(&mutex_);
    for (const int fd : open_) shutdown(fd, SHUT_RDWR);
    mutex_.Await(absl::Condition(+[](std::set<int>* open) { return open->empty(); }, &open_));
  }

 private:
  void AcceptAll() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) break;
      absl::MutexLock lock(&mutex_);
      if (open_.size() >= kConnectionsMax) {
        close(fd);
        continue;
      }
      open_.insert(fd);
      std::thread([this, fd] { Serve(fd); }).detach();  // Stop() waits for it by open_.
    }
    close(listener_);
  }

  void Serve(int fd) {
    counters_->Add("served.connections");
    bool open = Send(fd, "STORE ready\n");
    std::string input;
    char buffer[4096];
    while (open) {
      const ssize_t count = recv(fd, buffer, sizeof(buffer), 0);
      if (count <= 0) break;
      counters_->Add("served.bytes_read", count);
      input.append(buffer, static_cast<size_t>(count));
      for (size_t end; open && (end = input.find('\n')) != std::string::npos;) {
        const std::string reply = Answer(absl::string_view(input).substr(0, end));
        input.erase(0, end + 1);
        open = Send(fd, reply) && reply != "BYE\n";
      }
      if (input.size() > kLineMax) break;
    }
    absl::MutexLock lock(&mutex_);
    open_.erase(fd);
    close(fd);
  }

  bool Send(int fd, const std::string& text) {
    size_t sent = 0;
    while (sent < text.size()) {
      const ssize_t count = send(fd, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) return false;
      counters_->Add("served.bytes_written", count);
      sent += static_cast<size_t>(count);
    }
    return true;
  }

  std::string Answer(absl::string_view line) {
    const std::vector<std::string> words = absl::StrSplit(line, absl::MaxSplits(' ', 2));
    absl::MutexLock lock(&mutex_);
    if (words[0] == "QUIT") return "BYE\n";
    if (words[0] == "GET" && words.size() == 2) {
      const auto found = values_.find(words[1]);
      return found == values_.end() ? "NONE\n" : absl::StrCat("VALUE ", found->second, "\n");
    }
    if (words[0] == "SET" && words.size() == 3) {
      if (values_.size() >= kKeysMax && !values_.contains(words[1])) return "ERROR store is full\n";
      values_[words[1]] = words[2];
      return "OK\n";
    }
    return "ERROR expected SET KEY VALUE, GET KEY or QUIT\n";
  }

  Counters* const counters_;
  int listener_ = -1;
  std::thread thread_;
  absl::Mutex mutex_;
  std::set<int> open_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::string> values_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace
}  // namespace gossamer::examples

int main(int argc, char** argv) {
  gossamer::examples::App app("store", "The sample shop's key-value store: lines over TCP.");
  int port = 7070;
  app.flags().add_option("--port", port, "TCP port")->capture_default_str();
  gossamer::examples::Store store(&app.counters());
  return app.Run(argc, argv, [&] { return store.Start(port); }, [&] { store.Stop(); });
}
