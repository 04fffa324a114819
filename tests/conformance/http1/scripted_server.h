#ifndef TESTS_CONFORMANCE_HTTP1_SCRIPTED_SERVER_H_
#define TESTS_CONFORMANCE_HTTP1_SCRIPTED_SERVER_H_

#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "tests/conformance/http1/cases.h"
#include "tests/conformance/http1/message_text.h"

namespace gossamer::conformance {

// The server behind a proxy under test. It answers each request on any of its connections by what
// Play() was given last, and a request for kProbePath by itself.
//
// Runs a thread of its own between construction and destruction; its methods may be called from
// any other.
class ScriptedServer {
 public:
  static constexpr char kProbePath[] = "/conformance-probe";
  static constexpr char kProbeBody[] = "still here";

  // Listens on a free port of 127.0.0.1.
  ScriptedServer();
  // Takes a listening socket.
  explicit ScriptedServer(int listener);
  ~ScriptedServer();

  uint16_t port() const { return port_; }

  // From now on answers as `test_case` says; forgets the requests seen. The case outlives its use.
  void Play(const Http1Case* test_case);
  // The requests since Play(), probes apart.
  std::vector<std::string> Requests();

 private:
  struct Connection {
    MessageReader reader;
    bool tunnel = false;
    bool interim_sent = false;  // For the request that is coming.
  };

  void Run();
  void Accept();
  // False where the connection is to be closed.
  bool Read(int fd, Connection* connection);
  bool Answer(int fd, const std::string& request, Connection* connection);
  void AnswerHead(int fd, Connection* connection);

  const uint16_t port_;
  const int listener_;
  int stop_pipe_[2];
  std::map<int, Connection> connections_;  // The thread's.
  absl::Mutex mutex_;
  const Http1Case* test_case_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::vector<std::string> requests_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace gossamer::conformance

#endif  // TESTS_CONFORMANCE_HTTP1_SCRIPTED_SERVER_H_
