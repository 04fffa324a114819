#ifndef TESTS_MESH_TRUST_TEST_H_
#define TESTS_MESH_TRUST_TEST_H_

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "tests/mesh/fixture.h"
#include "tests/mesh/listener.h"
#include "tests/mesh/socket.h"

namespace gossamer::mesh_test {

// For suites about who trusts whom and when: opaque connections, each of which is a TLS connection
// between two proxies, so that every new one is judged anew.
class TrustTest : public MeshTest {
 protected:
  // Servers have this port, marked as opaque.
  static constexpr int kOpaquePort = 7070;

  std::unique_ptr<Socket> Connect(harness::Pod* from, const std::string& service) {
    std::unique_ptr<Socket> socket;
    from->net().Run([&] {
      socket = std::make_unique<Socket>(cluster().service_ip("test", service), kOpaquePort);
    });
    EXPECT_TRUE(socket->connected());
    return socket;
  }
  static bool Echoes(Socket* a, Socket* b) {
    return a->Send("over") && b->Read(4) == "over" && b->Send("back") && a->Read(4) == "back";
  }
  // Whether a connection of its own is of use.
  bool ConnectsAnew(harness::Pod* from, const std::string& service, Listener* listener) {
    const auto client = Connect(from, service);
    // What is refused is reset at once, and the listener hears nothing of it.
    if (!client->Send("over") || client->EndsWithin(absl::Milliseconds(500))) return false;
    const auto server = listener->Accept();
    return server->connected() && server->Read(4) == "over" && server->Send("back") &&
           client->Read(4) == "back";
  }
  static double Renewals(harness::Pod* pod) {
    return Metric(pod, {"control_identity_cert_refreshes_total", {{"result", "ok"}}});
  }
};

}  // namespace gossamer::mesh_test

#endif  // TESTS_MESH_TRUST_TEST_H_
