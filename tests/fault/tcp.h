#ifndef TESTS_FAULT_TCP_H_
#define TESTS_FAULT_TCP_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "tests/support/pod.h"

namespace gossamer::fault_test {

// How long anything may take that must happen at once, on a machine that is busy with other things.
inline constexpr absl::Duration kPatience = absl::Seconds(20);

// How the other side of a connection has ended.
enum class End {
  kOpen,   // Not within the time allowed.
  kFin,    // In order.
  kReset,  // RST.
};

// A blocking TCP connection that can be ended in every way there is. Used by one thread at a time,
// save Abort().
class Tcp {
 public:
  // Opens from inside a pod's network. With `receive_buffer`, the kernel takes about so many bytes
  // that are not read.
  static std::unique_ptr<Tcp> Connect(harness::Pod* from, const std::string& ip, int port,
                                      int receive_buffer = 0);
  // The same from the network that this thread is in.
  static std::unique_ptr<Tcp> Connect(const std::string& ip, int port, int receive_buffer = 0);
  explicit Tcp(int fd);
  Tcp(const Tcp&) = delete;
  Tcp& operator=(const Tcp&) = delete;
  ~Tcp();

  bool connected() const { return connected_; }
  // False where the peer takes no more within kPatience, or the connection is broken.
  bool Send(absl::string_view bytes);
  // Sends as much as goes without anybody reading: until nothing has moved for `still`.
  size_t SendUntilBlocked(absl::string_view block, size_t max, absl::Duration still);
  // Ends this side in order.
  void Fin();
  // Ends the connection abruptly.
  void Reset();

  // The following keep what they read and do not return for the next call.
  // What comes up to and with `mark`; all that came where the connection ends before.
  std::string ReadUntil(absl::string_view mark);
  // Exactly so many bytes, or fewer where the connection ends before.
  std::string Read(size_t bytes);
  // What is there; waits where that is nothing. Empty where the connection has ended.
  std::string ReadSome();
  // All that comes until the peer's end, which end() then tells.
  std::string ReadAll(absl::Duration patience = kPatience);
  End end() const { return end_; }
  // Waits for the peer's end and throws away what comes before it.
  End AwaitEnd(absl::Duration patience = kPatience);

  // Makes every call above return at once, from any thread.
  void Abort();

 private:
  // False at the peer's end, or where nothing comes in time.
  bool Fill(absl::Time deadline);

  const int fd_;
  bool connected_ = false;
  bool closed_ = false;
  End end_ = End::kOpen;
  std::string buffer_;
};

// A server in a pod's network that treats each connection as `serve` says, on a thread of its own.
// A connection is closed in order when `serve` returns and has not ended it otherwise.
class TcpServer {
 public:
  using Serve = std::function<void(Tcp* connection)>;

  TcpServer(harness::Pod* pod, int port, Serve serve);
  // Aborts what is open.
  ~TcpServer();

  // Connections so far, and those that `serve` has not returned from.
  int accepted() ABSL_LOCKS_EXCLUDED(mutex_);
  int open() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Accept();

  const Serve serve_;
  int listener_ = -1;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  int open_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::unique_ptr<Tcp>> connections_ ABSL_GUARDED_BY(mutex_);
  std::thread accepter_;
};

// Whether `done` comes true within `patience`.
bool Eventually(const std::function<bool()>& done, absl::Duration patience = kPatience);

}  // namespace gossamer::fault_test

#endif  // TESTS_FAULT_TCP_H_
