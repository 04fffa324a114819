#include "proxy/retry/retry_policy.h"

namespace gossamer::proxy {
namespace {

bool IsIn(GrpcCodes codes, int status) {
  return status >= 0 && status < 32 && ((codes >> status) & 1) != 0;
}

}  // namespace

bool RetryPolicy::Covers(const Attempt& attempt) const {
  switch (attempt.end) {
    case Attempt::End::kFailfast:
    case Attempt::End::kHeaderTimeout:
    case Attempt::End::kRefusedStream:
      return true;
    // A service that sheds load must not get more of it.
    case Attempt::End::kLoadShed:
    case Attempt::End::kOther:
      return false;
    case Attempt::End::kResponse:
      break;
  }
  if (IsIn(grpc_codes, attempt.grpc_status)) return true;
  for (const StatusRange& range : http_statuses) {
    if (attempt.http_status >= range.first && attempt.http_status <= range.last) return true;
  }
  return false;
}

Retries::Verdict Retries::OnEnd(const Attempt& attempt, bool replayable) {
  if (!policy_->Covers(attempt)) return Verdict::kNotCovered;
  if (is_last()) return Verdict::kLimitExceeded;
  if (!replayable) return Verdict::kBodyTooLarge;
  ++retries_;
  return Verdict::kRetry;
}

}  // namespace gossamer::proxy
