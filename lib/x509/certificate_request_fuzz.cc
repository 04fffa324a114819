// Reads the input as a signing request, and as a private key.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "lib/x509/certificate_request.h"
#include "lib/x509/keys.h"

using gossamer::x509::CertificateRequest;
using gossamer::x509::PrivateKey;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view der(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<CertificateRequest> request = CertificateRequest::FromDer(der);
  if (request.ok()) {
    if (request->der() != der) abort();
    request->VerifySignature().IgnoreError();
  }
  const absl::StatusOr<PrivateKey> key = PrivateKey::FromDer(der);
  if (key.ok() && !PrivateKey::FromDer(key->Pkcs8Der().view()).ok()) abort();
  return 0;
}
