#ifndef SERVICES_IDENTITY_CONFIG_H_
#define SERVICES_IDENTITY_CONFIG_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "lib/jwt/token.h"
#include "lib/service/flags.h"
#include "services/identity/ca/issuer_files.h"
#include "services/identity/ca/self_signed.h"
#include "services/identity/certifier.h"

namespace gossamer::identity {

// What the command line says; --help describes each member.
struct Config {
  std::string address = "0.0.0.0:8080";
  IssuerFiles::Paths issuer;
  SelfSignedOptions self_signed;
  std::string jwks_file;
  jwt::Expectations tokens = {/*issuer=*/"", /*audience=*/"identity.l5d.io"};
  Certifier::Options certifier;
  absl::Duration reload_interval = absl::Seconds(10);
};

// Both are borrowed until the flags are parsed.
void AddFlags(Config* config, service::Flags* flags);

// InvalidArgument, naming every flag at fault.
absl::Status CheckConfig(const Config& config);

// What follows from a valid configuration.
SelfSignedOptions SelfSigned(const Config& config);
IssuerFiles::Paths IssuerPaths(const Config& config);
jwt::Expectations TokenExpectations(const Config& config);

}  // namespace gossamer::identity

#endif  // SERVICES_IDENTITY_CONFIG_H_
