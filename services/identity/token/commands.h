#ifndef SERVICES_IDENTITY_TOKEN_COMMANDS_H_
#define SERVICES_IDENTITY_TOKEN_COMMANDS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

// What gossamer-token does; main.cc reads its arguments and prints.
namespace gossamer::identity {

struct CreateKeyOptions {
  std::string key_file;   // Written with mode 0600; kept and used where it exists.
  std::string jwks_file;  // Written with mode 0644, also where the key exists.
};

// Makes an ECDSA P-256 signing key and the key set with which the identity service verifies.
absl::Status CreateKey(const CreateKeyOptions& options);

struct MintOptions {
  std::string key_file;
  std::string issuer;
  std::string audience;
  std::string namespace_name;
  std::string service_account;
  absl::Duration lifetime = absl::Hours(24);  // 1 s to 10 years.
};

// A service-account token, without a newline. An error never holds the key.
absl::StatusOr<std::string> Mint(const MintOptions& options, absl::Time now);

}  // namespace gossamer::identity

#endif  // SERVICES_IDENTITY_TOKEN_COMMANDS_H_
