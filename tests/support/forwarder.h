#ifndef TESTS_SUPPORT_FORWARDER_H_
#define TESTS_SUPPORT_FORWARDER_H_

#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

namespace gossamer::harness {

// A socket that listens on 127.0.0.1 in the network of whoever made it.
struct HostListener {
  int fd = -1;
  int port = 0;
};

// Takes `port`, or the next free one where it is in use (at most `kPortsTried` further).
absl::StatusOr<HostListener> ListenOnHost(int port);
inline constexpr int kPortsTried = 20;

// Carries connections from a listener of the host's network to an address of the cluster, so that
// a browser or the CLI reaches it. Accepts from creation to destruction; a connection that cannot
// be carried is closed. Takes the listener's descriptor.
class Forwarder {
 public:
  static std::unique_ptr<Forwarder> Start(const HostListener& listener, const std::string& ip,
                                          int port);

  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;
  ~Forwarder();

 private:
  // Connections at one time; more are closed at once.
  static constexpr int kConnectionsMax = 200;

  Forwarder() = default;
  void Accept();
  void Carry(int client) ABSL_LOCKS_EXCLUDED(mutex_);

  int listener_ = -1;
  int stop_fd_ = -1;
  std::string ip_;
  int port_ = 0;
  std::thread thread_;
  absl::Mutex mutex_;
  int connections_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace gossamer::harness

#endif  // TESTS_SUPPORT_FORWARDER_H_
