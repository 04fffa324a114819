// gossamer-token: signing key, key set and service-account tokens for an installation without
// Kubernetes, where the identity service checks workloads' tokens against a key set in a file.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "services/identity/files/files.h"
#include "services/identity/token/commands.h"
#include "services/identity/token/version.h"

namespace gossamer::identity {
namespace {

// CLI11 knows numbers and text; durations are text of Abseil's form ("24h", "1h30m").
std::string CheckDuration(const std::string& text) {
  absl::Duration duration;
  if (absl::ParseDuration(text, &duration)) return "";
  return absl::StrCat("\"", text, "\" is not a duration like 24h or 90s");
}

absl::Status MintTo(const MintOptions& options, const std::string& out_file) {
  const absl::StatusOr<std::string> token = Mint(options, absl::Now());
  if (!token.ok()) return token.status();
  if (!out_file.empty()) {
    return WriteFileAtomically(out_file, absl::StrCat(*token, "\n"), kSecretFileMode);
  }
  std::printf("%s\n", token->c_str());
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  CLI::App app("Makes a signing key and mints workload tokens with it.", "gossamer-token");
  app.set_version_flag("--version", kProgramAndVersion);
  app.require_subcommand(1);

  CreateKeyOptions create;
  CLI::App* create_key = app.add_subcommand(
      "create-key", "Makes a signing key, unless the file has one, and writes its key set");
  create_key->add_option("--key", create.key_file, "PEM file of the private key, mode 0600")
      ->required();
  create_key->add_option("--jwks", create.jwks_file, "Key set for the identity service's --jwks")
      ->required();

  MintOptions mint;
  mint.audience = "identity.l5d.io";
  std::string lifetime = "24h";
  std::string out_file;
  CLI::App* mint_token = app.add_subcommand("mint", "Writes a token of a service account");
  mint_token->add_option("--key", mint.key_file, "PEM file of the signing key")->required();
  mint_token->add_option("--issuer", mint.issuer, "As the identity service's --token-issuer")
      ->required();
  mint_token->add_option("--audience", mint.audience, "As the identity service's --token-audience")
      ->capture_default_str();
  mint_token->add_option("--namespace", mint.namespace_name, "The workload's namespace")
      ->required();
  mint_token->add_option("--service-account", mint.service_account, "The workload's account")
      ->required();
  mint_token->add_option("--ttl", lifetime, "How long the token is valid")
      ->check(CheckDuration)
      ->capture_default_str();
  mint_token->add_option("--out", out_file, "File to write, mode 0600 (default: standard output)");

  CLI11_PARSE(app, argc, argv);
  absl::ParseDuration(lifetime, &mint.lifetime);
  const absl::Status status = create_key->parsed() ? CreateKey(create) : MintTo(mint, out_file);
  if (status.ok()) return 0;
  std::fprintf(stderr, "gossamer-token: %s\n", std::string(status.message()).c_str());
  return 1;
}

}  // namespace
}  // namespace gossamer::identity

int main(int argc, char** argv) { return gossamer::identity::Main(argc, argv); }
