#ifndef PROXY_APP_WORKER_H_
#define PROXY_APP_WORKER_H_

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/event/loop.h"
#include "lib/event/quiet_watch.h"
#include "lib/net/socket.h"
#include "proxy/http/h2_client.h"
#include "proxy/inbound/inbound.h"
#include "proxy/outbound/outbound.h"
#include "proxy/overload/memory_guard.h"
#include "proxy/overload/process_memory.h"
#include "proxy/transport/connection_limit.h"
#include "proxy/worker/connection_counts.h"
#include "proxy/worker/worker_context.h"

namespace gossamer::proxy {

// A thread with a loop, an inbound side and an outbound side of its own. Its methods are called
// from the control thread.
class Worker final : private MemoryGuard::Owner {
 public:
  struct Options {
    const Config* config = nullptr;
    WorkerMetrics* metrics = nullptr;
    PortHub* ports = nullptr;
    TargetHub* targets = nullptr;
    EndpointsHub* endpoints = nullptr;
    int max_connections = std::numeric_limits<int>::max();  // Of clients at a time.
    // Of the process, in bytes, with the reader that tells how much there is; 0 for no limit.
    uint64_t max_memory = 0;
    const ProcessMemoryReader* memory = nullptr;
    uint64_t random_seed = 0;
  };

  // Gets the worker's counts, on the worker's thread.
  using OnCounts = std::function<void(const ConnectionCounts&)>;

  // The pointers are borrowed and outlive the worker. The thread starts at once and idles.
  static absl::StatusOr<std::unique_ptr<Worker>> Create(const Options& options);
  // Ends the thread and what is still connected.
  ~Worker();

  // Connections made from now on use these.
  void SetCredentials(CredentialsPtr credentials);
  // Begins to accept. The sockets are listening already, so that early clients wait in the backlog.
  void Serve(net::UniqueFd inbound, std::vector<net::UniqueFd> outbound);
  // The process is about to end: HTTP connections finish what is in flight and close. New ones are
  // served, and do not last.
  void BeginShutdown();
  // Tells HTTP connections to finish what is in flight and close. New ones are not concerned.
  void Drain(OnCounts on_counts);
  // Closes what Drain() has left.
  void CloseDraining();
  // Counts connections as they are now.
  void Count(OnCounts on_counts);

 private:
  explicit Worker(const Options& options, std::unique_ptr<event::Loop> loop);
  void Run();
  // Drops what has not been used for a while.
  void Sweep();
  ConnectionCounts Counts() const;

  // MemoryGuard::Owner.
  uint64_t BytesInUse() override;
  void TidyUp() override;
  void OnShortOfMemory(bool is_short) override;
  void Relieve(uint64_t bytes) override;

  static constexpr absl::Duration kSweepInterval = absl::Minutes(1);
  // Without traffic for so long, what it has left is given back.
  static constexpr absl::Duration kQuiet = absl::Milliseconds(500);

  // Everything below belongs to the worker's thread once it runs.
  const std::unique_ptr<event::Loop> loop_;
  FastRandom random_;
  DrainingConnections draining_connections_;
  ConnectionLimit connections_;
  WorkerContext context_;
  std::unique_ptr<Inbound> inbound_;
  std::unique_ptr<Outbound> outbound_;
  event::Timer sweep_;
  event::QuietWatch quiet_;
  const ProcessMemoryReader* const memory_;
  std::optional<MemoryGuard> memory_guard_;
  int most_active_ = 0;  // Connections, of the sweeps since memory was last given back.
  std::thread thread_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_APP_WORKER_H_
