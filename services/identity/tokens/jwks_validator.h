#ifndef SERVICES_IDENTITY_TOKENS_JWKS_VALIDATOR_H_
#define SERVICES_IDENTITY_TOKENS_JWKS_VALIDATOR_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "lib/jwt/key_set.h"
#include "lib/jwt/token.h"
#include "services/identity/tokens/token_validator.h"

namespace gossamer::identity {

// Checks tokens against the keys of a JSON Web Key Set in a file.
//
// Owned by main(). Thread-safe: the file watcher's thread reloads. A bad change keeps the last good
// keys.
class JwksValidator : public TokenValidator {
 public:
  enum class Outcome { kUnchanged, kLoaded };

  JwksValidator(std::string file, jwt::Expectations expectations)
      : file_(std::move(file)), expectations_(std::move(expectations)) {}

  // Reads the file; kUnchanged where its content was judged before. An error names the file and
  // keeps what there was. Keys that were left out go to `warnings`.
  absl::StatusOr<Outcome> Reload(std::vector<std::string>* warnings);

  // Unavailable until keys were read.
  absl::StatusOr<jwt::ServiceAccount> Validate(absl::string_view token,
                                               absl::Time now) const override;

  bool loaded() const { return keys() != nullptr; }
  const std::string& file() const { return file_; }

 private:
  std::shared_ptr<const jwt::KeySet> keys() const;

  const std::string file_;
  const jwt::Expectations expectations_;
  mutable absl::Mutex mutex_;
  std::shared_ptr<const jwt::KeySet> keys_ ABSL_GUARDED_BY(mutex_);
  std::string judged_ ABSL_GUARDED_BY(mutex_);  // The content that was last judged.
};

}  // namespace gossamer::identity

#endif  // SERVICES_IDENTITY_TOKENS_JWKS_VALIDATOR_H_
