#include "services/identity/config.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/jwt/service_account.h"
#include "lib/x509/id.h"

namespace gossamer::identity {
namespace {

constexpr absl::Duration kMinLifetime = absl::Seconds(1);
constexpr absl::Duration kMaxLifetime = absl::Hours(24 * 365);
constexpr absl::Duration kMaxClockSkew = absl::Hours(1);
constexpr absl::Duration kMinReloadInterval = absl::Milliseconds(100);
constexpr absl::Duration kMaxReloadInterval = absl::Hours(1);
constexpr double kMaxRate = 1e6;

void AddIssuerFlags(Config* config, CLI::App* app) {
  app->add_option("--issuer-dir,--issuer", config->issuer.folder,
                  "Folder with the issuer's tls.crt and tls.key (or crt.pem and key.pem), PEM; "
                  "read again when they change");
  app->add_option("--trust-anchors", config->issuer.anchors_file,
                  "PEM bundle of the roots that the issuer must lead to; read again when it "
                  "changes");
  app->add_option("--self-signed-dir", config->self_signed.folder,
                  "Folder in which to make a trust anchor (ca.crt) and an issuer (tls.crt, "
                  "tls.key), unless it has them, and to use them; instead of --issuer-dir and "
                  "--trust-anchors, for installations without Kubernetes");
  app->add_option("--self-signed-anchor-key", config->self_signed.anchor_key_file,
                  "File for the new trust anchor's key, which is forgotten otherwise");
}

void AddTokenFlags(Config* config, CLI::App* app) {
  app->add_option("--jwks", config->jwks_file,
                  "JSON Web Key Set that verifies workloads' tokens; read again when it changes");
  app->add_option("--token-issuer", config->tokens.issuer, "The \"iss\" that tokens must have");
  app->add_option("--token-audience", config->tokens.audience, "The \"aud\" that tokens must have");
}

void AddNameFlags(Config* config, CLI::App* app) {
  app->add_option("--controller-namespace", config->certifier.controller_namespace,
                  "Namespace of the control plane, a part of every identity");
  app->add_option("--identity-trust-domain,--trust-domain", config->certifier.trust_domain,
                  "The last part of every identity");
}

// Collects what is wrong, so that one start tells of every fault.
class Faults {
 public:
  void Add(bool is_fault, std::string text) {
    if (is_fault) texts_.push_back(std::move(text));
  }
  absl::Status Status() const {
    if (texts_.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrJoin(texts_, "; "));
  }

 private:
  std::vector<std::string> texts_;
};

void CheckIssuer(const Config& config, Faults* faults) {
  const bool self_signed = !config.self_signed.folder.empty();
  const bool given = !config.issuer.folder.empty() || !config.issuer.anchors_file.empty();
  faults->Add(self_signed && given,
              "--self-signed-dir goes with neither --issuer-dir nor --trust-anchors");
  faults->Add(!self_signed && config.issuer.folder.empty(),
              "--issuer-dir is missing (or --self-signed-dir)");
  faults->Add(!self_signed && config.issuer.anchors_file.empty(),
              "--trust-anchors is missing (or --self-signed-dir)");
  faults->Add(!self_signed && !config.self_signed.anchor_key_file.empty(),
              "--self-signed-anchor-key goes with --self-signed-dir only");
}

template <typename T>
bool Outside(const T& value, const T& min, const T& max) {
  return value < min || value > max;
}

void CheckTimes(const Config& config, Faults* faults) {
  const Issuer::Validity& validity = config.certifier.validity;
  faults->Add(Outside(validity.lifetime, kMinLifetime, kMaxLifetime),
              "--identity-issuance-lifetime is not between 1s and 8760h");
  faults->Add(Outside(validity.clock_skew, absl::ZeroDuration(), kMaxClockSkew),
              "--identity-clock-skew-allowance is not between 0s and 1h");
  faults->Add(Outside(config.reload_interval, kMinReloadInterval, kMaxReloadInterval),
              "--reload-interval is not between 100ms and 1h");
  faults->Add(Outside(config.certifier.max_requests_per_second, 1.0, kMaxRate),
              "--max-requests-per-second is not between 1 and 1000000");
}

}  // namespace

void AddFlags(Config* config, service::Flags* flags) {
  flags->AddListenAddress("--addr,--grpc-addr", &config->address,
                          "Where proxies ask for certificates");
  AddIssuerFlags(config, &flags->app());
  AddTokenFlags(config, &flags->app());
  AddNameFlags(config, &flags->app());
  flags->AddDuration("--identity-issuance-lifetime,--certificate-lifetime",
                     &config->certifier.validity.lifetime,
                     "How long certificates are valid; never beyond the issuer's end");
  flags->AddDuration("--identity-clock-skew-allowance", &config->certifier.validity.clock_skew,
                     "By how much clocks may differ: certificates begin earlier and end later by "
                     "it, tokens are judged with it");
  flags->AddDuration("--reload-interval", &config->reload_interval,
                     "How often files are read again besides being watched");
  flags->app().add_option("--max-requests-per-second", config->certifier.max_requests_per_second,
                          "Requests beyond it are answered RESOURCE_EXHAUSTED");
  flags->AddExample(
      "gossamer-identity --self-signed-dir pki --jwks jwks.json --token-issuer https://example.org",
      "Serves a mesh without Kubernetes; make jwks.json and tokens with gossamer-token");
}

absl::Status CheckConfig(const Config& config) {
  Faults faults;
  CheckIssuer(config, &faults);
  faults.Add(config.jwks_file.empty(), "--jwks is missing");
  faults.Add(config.tokens.issuer.empty(), "--token-issuer is missing");
  faults.Add(config.tokens.audience.empty(), "--token-audience is empty");
  faults.Add(!jwt::IsDns1123Label(config.certifier.controller_namespace),
             "--controller-namespace is not a DNS label");
  faults.Add(!x509::IsDnsName(config.certifier.trust_domain),
             "--identity-trust-domain is not a DNS name");
  CheckTimes(config, &faults);
  return faults.Status();
}

SelfSignedOptions SelfSigned(const Config& config) {
  SelfSignedOptions options = config.self_signed;
  options.trust_domain = config.certifier.trust_domain;
  return options;
}

IssuerFiles::Paths IssuerPaths(const Config& config) {
  if (config.self_signed.folder.empty()) return config.issuer;
  return {config.self_signed.folder, absl::StrCat(config.self_signed.folder, "/", kAnchorFile)};
}

jwt::Expectations TokenExpectations(const Config& config) {
  jwt::Expectations expectations = config.tokens;
  expectations.leeway = config.certifier.validity.clock_skew;
  return expectations;
}

}  // namespace gossamer::identity
