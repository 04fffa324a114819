#include "services/identity/ca/issuer_files.h"

#include <openssl/sha.h>

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/status/annotate.h"
#include "lib/status/status_macros.h"
#include "lib/x509/secret.h"
#include "services/identity/files/files.h"

namespace gossamer::identity {
namespace {

constexpr size_t kMaxFileBytes = 1 << 20;

// The names of Kubernetes' secrets of the type kubernetes.io/tls, then Linkerd's own.
struct Pair {
  absl::string_view certificate;
  absl::string_view key;
};
constexpr Pair kNames[] = {{"tls.crt", "tls.key"}, {"crt.pem", "key.pem"}};

std::string Digest(std::initializer_list<absl::string_view> texts) {
  SHA256_CTX context;
  SHA256_Init(&context);
  for (const absl::string_view text : texts) {
    const uint64_t length = text.size();  // Two texts that share their bytes differently differ.
    SHA256_Update(&context, &length, sizeof(length));
    SHA256_Update(&context, text.data(), text.size());
  }
  uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256_Final(digest, &context);
  return std::string(reinterpret_cast<const char*>(digest), sizeof(digest));
}

}  // namespace

struct IssuerFiles::Contents {
  std::string certificate_path;
  std::string chain;
  x509::SecretString key;
  std::string anchors;
};

absl::StatusOr<IssuerFiles::Contents> IssuerFiles::Read() const {
  Contents contents;
  GOSSAMER_ASSIGN_OR_RETURN(contents.anchors, ReadFile(paths_.anchors_file, kMaxFileBytes));
  absl::Status first_error;
  for (const Pair& names : kNames) {
    contents.certificate_path = absl::StrCat(paths_.folder, "/", names.certificate);
    absl::StatusOr<std::string> chain = ReadFile(contents.certificate_path, kMaxFileBytes);
    if (!chain.ok()) {
      first_error.Update(chain.status());
      if (absl::IsNotFound(chain.status())) continue;
      return chain.status();
    }
    contents.chain = *std::move(chain);
    GOSSAMER_ASSIGN_OR_RETURN(std::string key,
                              ReadFile(absl::StrCat(paths_.folder, "/", names.key), kMaxFileBytes));
    contents.key = x509::SecretString(std::move(key));
    return contents;
  }
  return first_error;
}

absl::StatusOr<IssuerFiles::Outcome> IssuerFiles::Reload(absl::Time now,
                                                         std::vector<std::string>* warnings) {
  GOSSAMER_ASSIGN_OR_RETURN(const Contents contents, Read());
  std::string digest = Digest({contents.chain, contents.key.view(), contents.anchors});
  {
    absl::MutexLock lock(&mutex_);
    if (digest == digest_) return Outcome::kUnchanged;
    digest_ = std::move(digest);
  }
  absl::StatusOr<x509::TrustAnchors> anchors =
      x509::TrustAnchors::FromPem(contents.anchors, warnings);
  if (!anchors.ok()) return Annotate(anchors.status(), paths_.anchors_file);
  absl::StatusOr<Issuer> issuer = Issuer::Load(contents.chain, contents.key.view(), *anchors, now);
  absl::MutexLock lock(&mutex_);
  if (!issuer.ok()) {
    // An issuer that does not verify may only be early: the same bytes are judged again.
    if (absl::IsFailedPrecondition(issuer.status())) digest_.clear();
    return Annotate(issuer.status(), contents.certificate_path);
  }
  issuer_ = std::make_shared<const Issuer>(*std::move(issuer));
  return Outcome::kLoaded;
}

std::shared_ptr<const Issuer> IssuerFiles::current() const {
  absl::MutexLock lock(&mutex_);
  return issuer_;
}

std::vector<std::string> IssuerFiles::files() const {
  return {absl::StrCat(paths_.folder, "/", kNames[0].certificate), paths_.anchors_file};
}

}  // namespace gossamer::identity
