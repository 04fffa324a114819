#include "proxy/app/readiness.h"

#include <utility>

#include "absl/strings/str_join.h"
#include "lib/log/log.h"

namespace gossamer::proxy {

Readiness::Readiness(event::Loop* loop, const std::vector<uint16_t>& ports,
                     absl::Duration policy_patience)
    : loop_(loop),
      policy_patience_(policy_patience),
      started_ns_(loop->UpdateNow()),
      pending_(ports.begin(), ports.end()),
      patience_(loop, [this] { GiveUpWaiting(); }) {}

void Readiness::OnCertified() {
  if (std::exchange(certified_, true)) return;
  if (pending_.empty() || policy_patience_ == absl::ZeroDuration()) return BecomeReady();
  patience_.Arm(policy_patience_);
}

void Readiness::OnPolicy(uint16_t port) {
  pending_.erase(port);
  if (certified_ && pending_.empty()) BecomeReady();
}

void Readiness::GiveUpWaiting() {
  GOSSAMER_LOG(
      kWarn, "proxy", "the policy service does not answer; the default policy holds meanwhile",
      {"ports", absl::StrJoin(pending_, ",")}, {"waited", absl::FormatDuration(policy_patience_)});
  BecomeReady();
}

void Readiness::BecomeReady() {
  patience_.Cancel();
  if (std::exchange(ready_, true)) return;
  const absl::Duration took = absl::Nanoseconds(loop_->UpdateNow() - started_ns_);
  GOSSAMER_LOG(kInfo, "proxy", "Ready",
               {"after", absl::FormatDuration(absl::Trunc(took, absl::Milliseconds(1)))});
}

}  // namespace gossamer::proxy
