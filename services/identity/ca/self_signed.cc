#include "services/identity/ca/self_signed.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "lib/status/status_macros.h"
#include "lib/x509/certificate_builder.h"
#include "lib/x509/keys.h"
#include "services/identity/files/files.h"

namespace gossamer::identity {
namespace {

constexpr absl::Duration kLifetime = absl::Hours(24 * 3650);
// The folder's users may have clocks that are behind.
constexpr absl::Duration kBackdate = absl::Minutes(5);
constexpr mode_t kFolderMode = 0700;

x509::CertificateSpec AuthoritySpec(absl::string_view kind, const std::string& trust_domain,
                                    absl::Time now) {
  x509::CertificateSpec spec;
  spec.common_name = absl::StrCat(kind, ".linkerd.", trust_domain);
  spec.not_before = now - kBackdate;
  spec.not_after = now + kLifetime;
  spec.is_ca = true;
  return spec;
}

// The issuer's certificate comes last: its presence means that the rest is there.
absl::Status Create(const SelfSignedOptions& options, absl::Time now) {
  const x509::PrivateKey anchor_key = x509::PrivateKey::GenerateEcdsaP256();
  GOSSAMER_ASSIGN_OR_RETURN(
      const x509::Certificate anchor,
      x509::SelfSignCertificate(AuthoritySpec("root", options.trust_domain, now), anchor_key));
  const x509::PrivateKey key = x509::PrivateKey::GenerateEcdsaP256();
  x509::CertificateSpec spec = AuthoritySpec("identity", options.trust_domain, now);
  spec.path_length = 0;
  GOSSAMER_ASSIGN_OR_RETURN(const x509::Certificate issuer,
                            x509::SignCertificate(spec, key.public_key(), anchor, anchor_key));
  const auto path = [&options](const char* name) {
    return absl::StrCat(options.folder, "/", name);
  };
  if (!options.anchor_key_file.empty()) {
    GOSSAMER_RETURN_IF_ERROR(WriteFileAtomically(options.anchor_key_file,
                                                 anchor_key.Pkcs8Pem().view(), kSecretFileMode));
  }
  GOSSAMER_RETURN_IF_ERROR(WriteFileAtomically(path(kAnchorFile), anchor.Pem(), kPublicFileMode));
  GOSSAMER_RETURN_IF_ERROR(
      WriteFileAtomically(path(kIssuerKeyFile), key.Pkcs8Pem().view(), kSecretFileMode));
  return WriteFileAtomically(path(kIssuerFile), issuer.Pem(), kPublicFileMode);
}

}  // namespace

absl::Status CreateSelfSigned(const SelfSignedOptions& options, absl::Time now) {
  if (mkdir(options.folder.c_str(), kFolderMode) != 0 && errno != EEXIST) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot make the folder ", options.folder));
  }
  // The folder itself is the lock that starting replicas share; it leaves no file behind.
  const int fd = open(options.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", options.folder));
  const auto unlock = absl::MakeCleanup([fd] { close(fd); });
  if (flock(fd, LOCK_EX) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot lock ", options.folder));
  }
  if (access(absl::StrCat(options.folder, "/", kIssuerFile).c_str(), F_OK) == 0) {
    return absl::OkStatus();
  }
  return Create(options, now);
}

}  // namespace gossamer::identity
