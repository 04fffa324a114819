#ifndef TESTS_MESH_HTTP2_CLIENT_H_
#define TESTS_MESH_HTTP2_CLIENT_H_

#include <map>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "lib/event/loop.h"
#include "lib/http/http2/connection.h"
#include "tests/support/pod.h"

namespace gossamer::mesh_test {

// One HTTP/2 connection, by prior knowledge, from a pod. Nothing moves but while a method of it
// waits: all happens on the test's thread. Every wait gives up after kTimeout.
class Http2Client final : private http2::ClientConnection::Observer {
 public:
  static constexpr absl::Duration kTimeout = absl::Seconds(10);

  struct Response {
    int status = 0;  // 0: none came.
    std::string body;
    bool complete = false;  // Ended in order.
    bool reset = false;
  };

  Http2Client(harness::Pod* pod, const std::string& ip, int port);
  ~Http2Client();

  // Begins a GET; the number names it. 0 where the connection takes no requests.
  int Start(const std::string& authority, const std::string& path);
  // How a request stands once it has ended.
  const Response& Wait(int request);
  // How a request stands once `text` is in its body, or it has ended.
  const Response& WaitForBody(int request, const std::string& text);
  Response Get(const std::string& authority, const std::string& path) {
    return Wait(Start(authority, path));
  }
  // The server has said that it takes no new requests on this connection.
  bool WaitForGoaway();
  bool WaitForClose();
  bool draining() const { return draining_; }
  bool closed() const { return closed_; }

 private:
  class Request;

  void OnClientDraining(http2::ClientConnection*) override { draining_ = true; }
  void OnClientClosed(http2::ClientConnection*) override { draining_ = closed_ = true; }
  template <typename Condition>
  bool RunUntil(const Condition& condition);

  const std::unique_ptr<event::Loop> loop_;
  std::map<int, std::unique_ptr<Request>> requests_;
  std::unique_ptr<http2::ClientConnection> connection_;
  bool draining_ = false;
  bool closed_ = false;
};

}  // namespace gossamer::mesh_test

#endif  // TESTS_MESH_HTTP2_CLIENT_H_
