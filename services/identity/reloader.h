#ifndef SERVICES_IDENTITY_RELOADER_H_
#define SERVICES_IDENTITY_RELOADER_H_

#include "lib/service/readiness.h"
#include "lib/time/clock.h"
#include "services/identity/ca/issuer_files.h"
#include "services/identity/metrics.h"
#include "services/identity/tokens/jwks_validator.h"

namespace gossamer::identity {

// Keeps the issuer and the token keys as their files have them, and tells of it: a log line and a
// count for every change, the issuer's end as a metric, readiness once both are there.
//
// Owned by main(), which calls it once before serving and then from the file watcher; one call at a
// time. Borrows everything.
class Reloader {
 public:
  struct Parts {
    IssuerFiles* issuers;
    JwksValidator* tokens;
    Metrics* metrics;
    service::Readiness::Condition* issuer_loaded;
    service::Readiness::Condition* keys_loaded;
    const Clock* clock;
  };

  explicit Reloader(const Parts& parts) : parts_(parts) {}

  void Reload();

 private:
  void ReloadIssuer();
  void ReloadKeys();

  const Parts parts_;
};

}  // namespace gossamer::identity

#endif  // SERVICES_IDENTITY_RELOADER_H_
