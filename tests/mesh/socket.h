#ifndef TESTS_MESH_SOCKET_H_
#define TESTS_MESH_SOCKET_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace gossamer::mesh_test {

// A blocking TCP client for tests that look at bytes. Opens in the network of the thread that
// makes it (see PodNamespace::Run); every call gives up after `kTimeoutSeconds`.
class Socket {
 public:
  static constexpr int kTimeoutSeconds = 5;

  Socket(const std::string& ip, int port);
  // Takes an open descriptor.
  explicit Socket(int fd);
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket();

  bool connected() const { return connected_; }
  bool Send(absl::string_view bytes);
  // No more will be sent; the other direction stays open.
  void ShutdownWrite();
  // What comes until `end` has come, the peer has closed or time is up; all of it.
  std::string ReadUntil(absl::string_view end);
  // Exactly `size` bytes, or fewer where the peer closes before.
  std::string Read(size_t size);
  std::string ReadAll() { return Read(static_cast<size_t>(-1)); }
  // The peer has closed, and nothing is left to read.
  bool AtEnd();
  // Reads to the end: true where it is a reset rather than an end in order. A write that failed
  // may have told before.
  bool EndsInReset();
  // Closes so that the peer sees a reset.
  void Reset();
  int fd() const { return fd_; }
  // The peer closes or resets within this time; what it sends before is left.
  bool EndsWithin(absl::Duration timeout);

 private:
  bool Fill();
  void NoteError();

  int fd_ = -1;
  bool connected_ = false;
  bool ended_ = false;
  int error_ = 0;       // The first errno of a read or write.
  std::string buffer_;  // Read from the socket and not yet taken.
};

}  // namespace gossamer::mesh_test

#endif  // TESTS_MESH_SOCKET_H_
