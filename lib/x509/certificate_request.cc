#include "lib/x509/certificate_request.h"

#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/status/status_macros.h"
#include "lib/x509/encode.h"
#include "lib/x509/errors.h"
#include "lib/x509/id.h"

namespace gossamer::x509 {
namespace {

absl::Status NotARequest(absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("not a DER PKCS#10 certificate signing request: ", why));
}

bssl::UniquePtr<X509_REQ> ParseRequest(absl::string_view der) {
  const auto* in = reinterpret_cast<const uint8_t*>(der.data());
  bssl::UniquePtr<X509_REQ> request(d2i_X509_REQ(nullptr, &in, static_cast<long>(der.size())));
  if (in != reinterpret_cast<const uint8_t*>(der.data()) + der.size()) return nullptr;
  return request;
}

using Extensions = bssl::UniquePtr<STACK_OF(X509_EXTENSION)>;

// A second list would hide names from whoever reads only the first.
bool HasTwoExtensionLists(const X509_REQ* request) {
  int lists = 0;
  for (const int nid : {NID_ext_req, NID_ms_ext_req}) {
    for (int i = -1; (i = X509_REQ_get_attr_by_NID(request, nid, i)) >= 0;) ++lists;
  }
  return lists > 1;
}

absl::StatusOr<std::vector<SubjectAltName>> ReadNames(X509_REQ* request) {
  if (HasTwoExtensionLists(request)) return NotARequest("it has two lists of extensions");
  const bool asks_for_extensions = X509_REQ_get_attr_by_NID(request, NID_ext_req, -1) >= 0 ||
                                   X509_REQ_get_attr_by_NID(request, NID_ms_ext_req, -1) >= 0;
  const Extensions extensions(X509_REQ_get_extensions(request));
  if (!extensions) {
    if (asks_for_extensions) return NotARequest("its extensions are malformed");
    return std::vector<SubjectAltName>();
  }
  int critical = 0;
  bssl::UniquePtr<GENERAL_NAMES> names(static_cast<GENERAL_NAMES*>(
      X509V3_get_d2i(extensions.get(), NID_subject_alt_name, &critical, /*out_idx=*/nullptr)));
  constexpr int kAbsent = -1;
  if (!names && critical != kAbsent) {
    return NotARequest("its subject alternative names are malformed or occur twice");
  }
  return ReadSubjectAltNames(names.get());
}

absl::Status AddNames(const std::vector<SubjectAltName>& names, X509_REQ* request) {
  if (names.empty()) return absl::OkStatus();
  GOSSAMER_ASSIGN_OR_RETURN(const bssl::UniquePtr<GENERAL_NAMES> encoded, EncodeNames(names));
  STACK_OF(X509_EXTENSION)* list = nullptr;
  const bool added = X509V3_add1_i2d(&list, NID_subject_alt_name, encoded.get(), /*crit=*/0,
                                     X509V3_ADD_DEFAULT) == 1;
  const Extensions extensions(list);
  if (!added || !X509_REQ_add_extensions(request, extensions.get())) {
    return absl::InternalError("certificate request: cannot add names");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> CertificateRequest::BuildDer(absl::string_view name,
                                                         const PrivateKey& key) {
  if (!IsDnsName(name)) {
    return absl::InvalidArgumentError(
        absl::StrCat("certificate request: \"", name, "\" is not a DNS name"));
  }
  // A common name holds 64 characters at most, where identities of long namespaces are longer; the
  // DNS name is what counts, so such a request has an empty subject.
  return BuildDer(name.size() <= kMaxCommonNameLength ? name : "",
                  {{SubjectAltName::Kind::kDns, std::string(name)}}, key);
}

absl::StatusOr<std::string> CertificateRequest::BuildDer(absl::string_view common_name,
                                                         const std::vector<SubjectAltName>& names,
                                                         const PrivateKey& key) {
  ScopedErrorQueue errors;
  const bssl::UniquePtr<X509_REQ> request(X509_REQ_new());
  if (!request) return absl::InternalError("certificate request: out of memory");
  GOSSAMER_ASSIGN_OR_RETURN(const bssl::UniquePtr<X509_NAME> subject, EncodeSubject(common_name));
  GOSSAMER_RETURN_IF_ERROR(AddNames(names, request.get()));
  uint8_t* der = nullptr;
  int length = -1;
  if (X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) &&
      X509_REQ_set_subject_name(request.get(), subject.get()) &&
      X509_REQ_set_pubkey(request.get(), key.get()) &&
      X509_REQ_sign(request.get(), key.get(), SigningDigest(key.type()))) {
    length = i2d_X509_REQ(request.get(), &der);
  }
  if (length < 0) {
    return absl::InternalError(absl::StrCat("certificate request: ", errors.Reason("not signed")));
  }
  const bssl::UniquePtr<uint8_t> owned(der);
  return std::string(reinterpret_cast<const char*>(der), length);
}

absl::StatusOr<CertificateRequest> CertificateRequest::FromDer(absl::string_view der) {
  ScopedErrorQueue errors;
  if (der.size() > kMaxCertificateRequestBytes) {
    return NotARequest(absl::StrCat("it has ", der.size(), " bytes, at most ",
                                    kMaxCertificateRequestBytes, " are read"));
  }
  const bssl::UniquePtr<X509_REQ> request = ParseRequest(der);
  if (!request) return NotARequest(errors.Reason("bytes after its end"));
  bssl::UniquePtr<EVP_PKEY> key(X509_REQ_get_pubkey(request.get()));
  if (!key) return NotARequest(absl::StrCat("its public key: ", errors.Reason("unknown")));

  CertificateRequest result(std::string(der), PublicKey(std::move(key)));
  GOSSAMER_ASSIGN_OR_RETURN(result.names_, ReadNames(request.get()));
  const X509_NAME* subject = X509_REQ_get_subject_name(request.get());
  result.subject_ = ReadName(subject);
  result.common_names_ = ReadCommonNames(subject);
  return result;
}

absl::Status CertificateRequest::VerifySignature() const {
  ScopedErrorQueue errors;
  const bssl::UniquePtr<X509_REQ> request = ParseRequest(der_);
  if (!request || X509_REQ_verify(request.get(), public_key_.get()) != 1) {
    return absl::FailedPreconditionError(absl::StrCat(
        "certificate signing request is not signed by its own key: ", errors.Reason("unknown")));
  }
  return absl::OkStatus();
}

}  // namespace gossamer::x509
