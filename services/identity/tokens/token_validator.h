#ifndef SERVICES_IDENTITY_TOKENS_TOKEN_VALIDATOR_H_
#define SERVICES_IDENTITY_TOKENS_TOKEN_VALIDATOR_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/jwt/service_account.h"

namespace gossamer::identity {

// Says whose a workload's token is. Implementations are thread-safe.
class TokenValidator {
 public:
  virtual ~TokenValidator() = default;

  // InvalidArgument where the token is refused or its subject is no service account,
  // FailedPrecondition where its bearer is not authenticated, Unavailable or Internal where it
  // could not be checked. No message holds the token.
  virtual absl::StatusOr<jwt::ServiceAccount> Validate(absl::string_view token,
                                                       absl::Time now) const = 0;
};

}  // namespace gossamer::identity

#endif  // SERVICES_IDENTITY_TOKENS_TOKEN_VALIDATOR_H_
