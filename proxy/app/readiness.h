#ifndef PROXY_APP_READINESS_H_
#define PROXY_APP_READINESS_H_

#include <cstdint>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/time/time.h"
#include "lib/event/loop.h"

namespace gossamer::proxy {

// Whether the proxy may be sent traffic: it has a certificate, and the policy service has spoken of
// each port that the workload is known to serve. Once true it stays so until the process is told to
// end: neither an expired certificate nor a control plane that goes away takes it back, for that
// would end what still works.
//
// A policy service that does not answer is waited for during a bounded time only, from the
// certificate on: a cluster that starts cold has pods that must be ready before there is such a
// service. What is configured as the default policy holds for the ports until then and after.
//
// On the control thread.
class Readiness {
 public:
  static constexpr absl::Duration kPolicyPatience = absl::Seconds(5);

  // `ports` are those whose policies are waited for, at most for `policy_patience`. Zero: they are
  // not waited for.
  Readiness(event::Loop* loop, const std::vector<uint16_t>& ports, absl::Duration policy_patience);

  void OnCertified();
  // The policy service has spoken of this port.
  void OnPolicy(uint16_t port);
  void OnShutdown() { ending_ = true; }

  bool ready() const { return ready_ && !ending_; }
  // Ports of which the policy service has not spoken.
  size_t pending_ports() const { return pending_.size(); }

 private:
  void GiveUpWaiting();
  void BecomeReady();

  event::Loop* const loop_;
  const absl::Duration policy_patience_;
  const int64_t started_ns_;
  absl::btree_set<uint16_t> pending_;
  event::Timer patience_;
  bool certified_ = false;
  bool ready_ = false;
  bool ending_ = false;
};

}  // namespace gossamer::proxy

#endif  // PROXY_APP_READINESS_H_
