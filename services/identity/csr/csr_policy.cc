#include "services/identity/csr/csr_policy.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "lib/status/status_macros.h"
#include "lib/x509/keys.h"
#include "lib/x509/names.h"

namespace gossamer::identity {
namespace {

using Kind = x509::SubjectAltName::Kind;

constexpr size_t kMaxTextInMessage = 253;

absl::Status Refused(absl::string_view rule) {
  return absl::FailedPreconditionError(absl::StrCat("certificate signing request: ", rule));
}

std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", absl::CHexEscape(text.substr(0, kMaxTextInMessage)), "\"");
}

absl::Status CheckAltNames(const std::vector<x509::SubjectAltName>& names,
                           const std::string& identity) {
  size_t dns_names = 0;
  for (const x509::SubjectAltName& name : names) {
    if (name.kind != Kind::kDns) {
      return Refused(absl::StrCat("it asks for a name of the kind ",
                                  x509::SubjectAltNameKind(name.kind),
                                  "; only one DNS name is allowed"));
    }
    ++dns_names;
  }
  if (dns_names != 1) {
    return Refused(absl::StrCat("it asks for ", dns_names, " DNS names; exactly one is allowed"));
  }
  if (names.front().value != identity) {
    return Refused(absl::StrCat("its DNS name ", Quoted(names.front().value),
                                " is not the requested identity ", Quoted(identity)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckRequestNames(const x509::CertificateRequest& request,
                               const std::string& identity) {
  GOSSAMER_RETURN_IF_ERROR(request.VerifySignature());
  GOSSAMER_RETURN_IF_ERROR(CheckAltNames(request.subject_alt_names(), identity));
  if (request.common_names().size() > 1) return Refused("it has more than one common name");
  for (const std::string& name : request.common_names()) {
    if (!name.empty() && name != identity) {
      return Refused(absl::StrCat("its common name ", Quoted(name),
                                  " is not the requested identity ", Quoted(identity)));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckRequestKey(const x509::CertificateRequest& request) {
  const x509::KeyType type = request.public_key().type();
  if (x509::IsEcdsa(type)) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("certificate signing request: its key is ",
                                          x509::KeyTypeName(type),
                                          "; ECDSA P-256, P-384 or P-521 is wanted"));
}

}  // namespace gossamer::identity
