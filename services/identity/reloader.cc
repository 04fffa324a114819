#include "services/identity/reloader.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/log/log.h"
#include "lib/x509/certificate.h"

namespace gossamer::identity {
namespace {

// An issuer that ends this soon needs a person: certificates are clamped to it already.
constexpr absl::Duration kIssuerEndsSoon = absl::Hours(48);
constexpr absl::Duration kIssuerEndsSoonLogPeriod = absl::Minutes(10);

}  // namespace

void Reloader::Reload() {
  ReloadIssuer();
  ReloadKeys();
}

void Reloader::ReloadIssuer() {
  const absl::Time now = parts_.clock->Now();
  std::vector<std::string> warnings;
  const absl::StatusOr<IssuerFiles::Outcome> outcome = parts_.issuers->Reload(now, &warnings);
  for (const std::string& warning : warnings) {
    GOSSAMER_LOG(kWarn, "identity::issuer", "trust anchors", {"warning", warning});
  }
  const std::shared_ptr<const Issuer> issuer = parts_.issuers->current();
  if (!outcome.ok()) {
    parts_.metrics->CountReload(Metrics::Reloaded::kIssuer, false);
    GOSSAMER_LOG(kError, "identity::issuer",
                 issuer ? "issuer not replaced: the one before stays in use" : "no issuer",
                 {"error", outcome.status().message()});
  } else if (*outcome == IssuerFiles::Outcome::kLoaded) {
    parts_.metrics->CountReload(Metrics::Reloaded::kIssuer, true);
    GOSSAMER_LOG(kInfo, "identity::issuer", "issuer loaded",
                 {"subject", issuer->certificate().subject()},
                 {"sha256", issuer->certificate().Fingerprint()},
                 {"expires", x509::FormatUtc(issuer->valid_until())});
  }
  if (issuer == nullptr) return;
  parts_.metrics->SetIssuerEnd(issuer->valid_until(), now);
  parts_.issuer_loaded->Set(true);
  if (issuer->valid_until() - now < kIssuerEndsSoon) {
    GOSSAMER_LOG_EVERY(kIssuerEndsSoonLogPeriod, kWarn, "identity::issuer",
                       "the issuer or its trust anchor ends soon: renew it",
                       {"subject", issuer->certificate().subject()},
                       {"expires", x509::FormatUtc(issuer->valid_until())});
  }
}

void Reloader::ReloadKeys() {
  std::vector<std::string> warnings;
  const absl::StatusOr<JwksValidator::Outcome> outcome = parts_.tokens->Reload(&warnings);
  for (const std::string& warning : warnings) {
    GOSSAMER_LOG(kWarn, "identity::tokens", "token keys", {"warning", warning});
  }
  const bool loaded = parts_.tokens->loaded();
  if (!outcome.ok()) {
    parts_.metrics->CountReload(Metrics::Reloaded::kTokenKeys, false);
    GOSSAMER_LOG(kError, "identity::tokens",
                 loaded ? "token keys not replaced: those before stay in use" : "no token keys",
                 {"error", outcome.status().message()});
  } else if (*outcome == JwksValidator::Outcome::kLoaded) {
    parts_.metrics->CountReload(Metrics::Reloaded::kTokenKeys, true);
    GOSSAMER_LOG(kInfo, "identity::tokens", "token keys loaded", {"file", parts_.tokens->file()});
  }
  parts_.keys_loaded->Set(loaded);
}

}  // namespace gossamer::identity
