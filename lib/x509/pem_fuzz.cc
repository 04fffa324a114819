// Reads the input as PEM in each way that files are read. A block that decodes must survive being
// written and read again; a key that loads must too.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/x509/keys.h"
#include "lib/x509/pem.h"
#include "lib/x509/trust_anchors.h"

using gossamer::x509::PemBlock;
using gossamer::x509::PrivateKey;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<std::vector<PemBlock>> blocks = gossamer::x509::ParsePem(text);
  if (!blocks.ok()) return 0;
  for (const PemBlock& block : *blocks) {
    if (!block.der.ok()) continue;
    const auto again = gossamer::x509::ParsePem(gossamer::x509::EncodePem(block.label, *block.der));
    if (!again.ok() || again->size() != 1 || *again->front().der != *block.der) abort();
  }
  std::vector<std::string> warnings;
  gossamer::x509::TrustAnchors::FromPem(text, &warnings).status().IgnoreError();
  const absl::StatusOr<PrivateKey> key = PrivateKey::FromPem(text);
  if (!key.ok()) return 0;
  const absl::StatusOr<PrivateKey> again = PrivateKey::FromPem(key->Pkcs8Pem().view());
  if (!again.ok() || again->public_key() != key->public_key()) abort();
  return 0;
}
