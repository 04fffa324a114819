#include "lib/x509/encode.h"

#include <openssl/asn1.h>
#include <openssl/digest.h>
#include <openssl/nid.h>

#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "lib/status/status_macros.h"

namespace gossamer::x509 {
namespace {

absl::Status CannotEncode(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("cannot encode ", what));
}

absl::StatusOr<int> GeneralNameType(SubjectAltName::Kind kind) {
  switch (kind) {
    case SubjectAltName::Kind::kDns:
      return GEN_DNS;
    case SubjectAltName::Kind::kUri:
      return GEN_URI;
    case SubjectAltName::Kind::kEmail:
      return GEN_EMAIL;
    case SubjectAltName::Kind::kIp:
      return GEN_IPADD;
    case SubjectAltName::Kind::kOther:
      break;
  }
  return CannotEncode("a subject alternative name of another kind");
}

absl::StatusOr<bssl::UniquePtr<GENERAL_NAME>> EncodeName(const SubjectAltName& name) {
  GOSSAMER_ASSIGN_OR_RETURN(const int type, GeneralNameType(name.kind));
  bssl::UniquePtr<GENERAL_NAME> encoded(GENERAL_NAME_new());
  ASN1_STRING* value =
      ASN1_STRING_type_new(type == GEN_IPADD ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);
  if (!encoded || value == nullptr ||
      !ASN1_STRING_set(value, name.value.data(), static_cast<int>(name.value.size()))) {
    ASN1_STRING_free(value);
    return CannotEncode("a subject alternative name");
  }
  GENERAL_NAME_set0_value(encoded.get(), type, value);  // Takes `value` over.
  return encoded;
}

}  // namespace

absl::StatusOr<bssl::UniquePtr<X509_NAME>> EncodeSubject(absl::string_view common_name) {
  bssl::UniquePtr<X509_NAME> subject(X509_NAME_new());
  if (!subject) return CannotEncode("a subject");
  if (!common_name.empty() &&
      !X509_NAME_add_entry_by_NID(subject.get(), NID_commonName, V_ASN1_UTF8STRING,
                                  reinterpret_cast<const uint8_t*>(common_name.data()),
                                  static_cast<ossl_ssize_t>(common_name.size()), /*loc=*/-1,
                                  /*set=*/0)) {
    return CannotEncode(absl::StrCat("the common name \"", absl::CHexEscape(common_name), "\""));
  }
  return subject;
}

absl::StatusOr<bssl::UniquePtr<GENERAL_NAMES>> EncodeNames(
    const std::vector<SubjectAltName>& names) {
  bssl::UniquePtr<GENERAL_NAMES> list(sk_GENERAL_NAME_new_null());
  if (!list) return CannotEncode("subject alternative names");
  for (const SubjectAltName& name : names) {
    GOSSAMER_ASSIGN_OR_RETURN(bssl::UniquePtr<GENERAL_NAME> encoded, EncodeName(name));
    if (!bssl::PushToStack(list.get(), std::move(encoded))) {
      return CannotEncode("subject alternative names");
    }
  }
  return list;
}

absl::StatusOr<bssl::UniquePtr<ASN1_TIME>> EncodeTime(absl::Time time) {
  bssl::UniquePtr<ASN1_TIME> encoded(ASN1_TIME_set_posix(nullptr, absl::ToUnixSeconds(time)));
  if (!encoded) return CannotEncode(absl::StrCat("the time ", absl::FormatTime(time)));
  return encoded;
}

const EVP_MD* SigningDigest(KeyType type) {
  switch (type) {
    case KeyType::kEcdsaP384:
      return EVP_sha384();
    case KeyType::kEcdsaP521:
      return EVP_sha512();
    case KeyType::kEd25519:
      return nullptr;
    default:
      return EVP_sha256();
  }
}

}  // namespace gossamer::x509
