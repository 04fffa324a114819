#ifndef TESTS_CONFORMANCE_HTTP2_RAW_SERVER_H_
#define TESTS_CONFORMANCE_HTTP2_RAW_SERVER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "tests/conformance/http2/frames.h"

namespace gossamer::conformance {

// What a server says, right or wrong.
struct ServerScript {
  // Instead of its SETTINGS, when the client's preface has come.
  std::string hello = SettingsFrame();
  // What it sends when the head of a request has come on a stream; `attempt` counts the requests
  // since the script began.
  std::function<std::string(uint32_t stream, int attempt)> answer;
  bool closes = false;  // After its answer, or after its hello where there is none.
};

// The server behind a proxy under test, by frames. Acknowledges settings and pings by itself.
//
// Runs a thread of its own between construction and destruction; its methods may be called from any
// other.
class RawServer {
 public:
  // Takes a listening socket.
  explicit RawServer(int listener);
  ~RawServer();

  // From now on does as the script says; without one answers every request with 200 and "ok".
  void Play(ServerScript script);

 private:
  struct Connection {
    std::string bytes;
    bool greeted = false;
    bool ended = false;  // Its input is thrown away until the client ends it, too.
  };

  void Run();
  // False where the client has ended the connection.
  bool Read(int fd, Connection* connection);
  // These: false where the server is to end it.
  bool Greet(int fd);
  bool Handle(int fd, const Frame& frame);
  bool Answer(int fd, uint32_t stream);

  const int listener_;
  int stop_pipe_[2];
  std::map<int, Connection> connections_;  // The thread's.
  absl::Mutex mutex_;
  ServerScript script_ ABSL_GUARDED_BY(mutex_);
  int attempts_ ABSL_GUARDED_BY(mutex_) = 0;
  std::thread thread_;
};

}  // namespace gossamer::conformance

#endif  // TESTS_CONFORMANCE_HTTP2_RAW_SERVER_H_
