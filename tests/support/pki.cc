#include "tests/support/pki.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lib/status/status_macros.h"
#include "lib/x509/certificate_builder.h"

namespace gossamer::harness {
namespace {

constexpr absl::Duration kRootLifetime = absl::Hours(24 * 365);

x509::CertificateSpec AuthoritySpec(const std::string& name, absl::Duration lifetime) {
  x509::CertificateSpec spec;
  spec.common_name = name;
  spec.not_before = absl::Now() - absl::Minutes(1);
  spec.not_after = absl::Now() + lifetime;
  spec.is_ca = true;
  return spec;
}

}  // namespace

absl::Status WriteFileFor(const std::string& path, absl::string_view content, unsigned uid,
                          unsigned mode) {
  const std::string draft = path + ".draft";
  const int fd = open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  const bool written =
      fd >= 0 && fchown(fd, uid, uid) == 0 && fchmod(fd, mode) == 0 &&
      write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size());
  if (fd >= 0) close(fd);
  if (written && rename(draft.c_str(), path.c_str()) == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("writing ", path, ": ", strerror(errno)));
}

absl::StatusOr<TrustRoot> TrustRoot::Create(const std::string& common_name) {
  x509::PrivateKey key = x509::PrivateKey::GenerateEcdsaP256();
  GOSSAMER_ASSIGN_OR_RETURN(
      x509::Certificate certificate,
      x509::SelfSignCertificate(AuthoritySpec(common_name, kRootLifetime), key));
  return TrustRoot(std::move(key), std::move(certificate));
}

absl::Status TrustRoot::WriteIssuer(const std::string& folder, unsigned uid,
                                    absl::Duration lifetime) const {
  const x509::PrivateKey issuer_key = x509::PrivateKey::GenerateEcdsaP256();
  GOSSAMER_ASSIGN_OR_RETURN(
      const x509::Certificate issuer,
      x509::SignCertificate(AuthoritySpec("identity.linkerd.cluster.local", lifetime),
                            issuer_key.public_key(), certificate_, key_));
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return absl::InternalError(absl::StrCat("mkdir ", folder, ": ", strerror(errno)));
  }
  if (chown(folder.c_str(), uid, uid) != 0) return absl::InternalError("chown " + folder);
  const x509::SecretString key_pem = issuer_key.Pkcs8Pem();
  GOSSAMER_RETURN_IF_ERROR(WriteFileFor(folder + "/key.pem", key_pem.view(), uid, 0600));
  return WriteFileFor(folder + "/crt.pem", issuer.Pem(), uid, 0644);
}

}  // namespace gossamer::harness
