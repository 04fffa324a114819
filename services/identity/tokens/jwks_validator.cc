#include "services/identity/tokens/jwks_validator.h"

#include <utility>

#include "absl/status/status.h"
#include "lib/status/annotate.h"
#include "lib/status/status_macros.h"
#include "services/identity/files/files.h"

namespace gossamer::identity {

absl::StatusOr<JwksValidator::Outcome> JwksValidator::Reload(std::vector<std::string>* warnings) {
  GOSSAMER_ASSIGN_OR_RETURN(std::string content, ReadFile(file_, jwt::kMaxKeySetBytes));
  {
    absl::MutexLock lock(&mutex_);
    if (content == judged_) return Outcome::kUnchanged;
    judged_ = content;
  }
  absl::StatusOr<jwt::KeySet> keys = jwt::KeySet::FromJson(content, warnings);
  if (!keys.ok()) return Annotate(keys.status(), file_);
  absl::MutexLock lock(&mutex_);
  keys_ = std::make_shared<const jwt::KeySet>(*std::move(keys));
  return Outcome::kLoaded;
}

absl::StatusOr<jwt::ServiceAccount> JwksValidator::Validate(absl::string_view token,
                                                            absl::Time now) const {
  const std::shared_ptr<const jwt::KeySet> keys = this->keys();
  if (keys == nullptr) return absl::UnavailableError("keys for tokens not ready yet");
  const absl::StatusOr<jwt::Claims> claims = jwt::VerifyToken(token, *keys, expectations_, now);
  // The contract has one code for a token that was looked at and refused.
  if (!claims.ok()) return absl::InvalidArgumentError(claims.status().message());
  return jwt::ServiceAccountOf(*claims);
}

std::shared_ptr<const jwt::KeySet> JwksValidator::keys() const {
  absl::MutexLock lock(&mutex_);
  return keys_;
}

}  // namespace gossamer::identity
