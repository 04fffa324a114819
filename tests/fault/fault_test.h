#ifndef TESTS_FAULT_FAULT_TEST_H_
#define TESTS_FAULT_FAULT_TEST_H_

#include <memory>
#include <string>

#include "tests/fault/http1_text.h"
#include "tests/fault/tcp.h"
#include "tests/mesh/fixture.h"
#include "tests/support/process_state.h"

namespace gossamer::fault_test {

// Two pods of a real mesh, "client" and "server", whose proxies must come out of every test as they
// went into it: alive, serving, with the descriptors that they had. The tests play the programs.
class FaultTest : public mesh_test::MeshTest {
 protected:
  static constexpr int kHttpPort = 8080;    // Left to detection.
  static constexpr int kOpaquePort = 7070;  // Declared opaque.

  void SetUp() override;
  // Checks what the class promises.
  void TearDown() override;
  static void TearDownTestSuite();

  harness::Pod* client() { return client_; }
  harness::Pod* server() { return server_; }
  // A connection of the client's program to the server's Service.
  std::unique_ptr<Tcp> Connect(int port, int receive_buffer = 0);
  // Answers every request with the id that its path is.
  static void ServeIds(Tcp* connection);
  // The next response on a connection to such a server, to a request for the id "a".
  static Reply NextReply(Tcp* connection);
  // Both proxies' resident memory.
  int64_t Resident() const;
  // Serves one good request from end to end, whatever went before.
  void ServeGoodRequest();

 private:
  struct Descriptors {
    int client = 0;
    int server = 0;
  };
  Descriptors Now() const;
  // When nothing has changed for a while.
  static Descriptors Settled();

  static harness::Pod* client_;
  static harness::Pod* server_;
  static Descriptors at_rest_;
  static pid_t client_pid_;
  static pid_t server_pid_;
};

}  // namespace gossamer::fault_test

#endif  // TESTS_FAULT_FAULT_TEST_H_
