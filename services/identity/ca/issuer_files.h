#ifndef SERVICES_IDENTITY_CA_ISSUER_FILES_H_
#define SERVICES_IDENTITY_CA_ISSUER_FILES_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/identity/ca/issuer.h"

namespace gossamer::identity {

// The issuer as its files have it: `tls.crt` and `tls.key` (or `crt.pem` and `key.pem`, as older
// installations name them) in one folder, and the trust anchors in a file.
//
// Owned by main(). Thread-safe: issuing threads take the current issuer, the file watcher's thread
// reloads. A bad change keeps the last good issuer.
class IssuerFiles {
 public:
  struct Paths {
    std::string folder;
    std::string anchors_file;
  };

  enum class Outcome { kUnchanged, kLoaded };

  explicit IssuerFiles(Paths paths) : paths_(std::move(paths)) {}
  IssuerFiles(const IssuerFiles&) = delete;
  IssuerFiles& operator=(const IssuerFiles&) = delete;

  // Reads the files. Where their bytes are those of the last attempt, does nothing and returns
  // kUnchanged, unless time may change the verdict. Otherwise replaces the issuer, or returns an
  // error that names the file and the fault and keeps what there was. Warnings about anchors that
  // were left out go to `warnings`.
  absl::StatusOr<Outcome> Reload(absl::Time now, std::vector<std::string>* warnings);

  // Null until the first success.
  std::shared_ptr<const Issuer> current() const;

  // What a FileWatcher should watch.
  std::vector<std::string> files() const;

 private:
  struct Contents;
  absl::StatusOr<Contents> Read() const;

  const Paths paths_;
  mutable absl::Mutex mutex_;
  std::shared_ptr<const Issuer> issuer_ ABSL_GUARDED_BY(mutex_);
  // The SHA-256 of the files that were last judged: a key's bytes are not kept.
  std::string digest_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace gossamer::identity

#endif  // SERVICES_IDENTITY_CA_ISSUER_FILES_H_
