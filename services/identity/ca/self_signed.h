#ifndef SERVICES_IDENTITY_CA_SELF_SIGNED_H_
#define SERVICES_IDENTITY_CA_SELF_SIGNED_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace gossamer::identity {

// The names of what CreateSelfSigned writes.
inline constexpr char kAnchorFile[] = "ca.crt";      // For every proxy; mode 0644.
inline constexpr char kIssuerFile[] = "tls.crt";     // Mode 0644.
inline constexpr char kIssuerKeyFile[] = "tls.key";  // Mode 0600.

struct SelfSignedOptions {
  std::string folder;        // Made, with mode 0700, where it is not there.
  std::string trust_domain;  // Common names are made of it.
  // Where the anchor's key is written, mode 0600; empty to forget it once the issuer is signed.
  std::string anchor_key_file;
};

// Makes a trust anchor and an issuer below it, for installations fed from a folder, unless the
// folder already has an issuer: then nothing is touched. Both are valid for ten years; without the
// anchor's key the issuer cannot be renewed under the same anchor. Processes that start at once on
// one folder make one pair between them. An error names the path.
absl::Status CreateSelfSigned(const SelfSignedOptions& options, absl::Time now);

}  // namespace gossamer::identity

#endif  // SERVICES_IDENTITY_CA_SELF_SIGNED_H_
