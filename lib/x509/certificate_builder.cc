#include "lib/x509/certificate_builder.h"

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/digest.h>
#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/obj.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "lib/status/status_macros.h"
#include "lib/x509/encode.h"
#include "lib/x509/errors.h"

namespace gossamer::x509 {
namespace {

constexpr size_t kSerialBytes = 16;  // RFC 5280 allows 20, and wants 64 random bits.

absl::Status CannotSign(absl::string_view what) {
  return absl::InternalError(absl::StrCat("certificate: cannot add ", what));
}

absl::Status CheckSpec(const CertificateSpec& spec) {
  if (spec.common_name.empty() && spec.names.empty()) {
    return absl::InvalidArgumentError("certificate: neither a common name nor another name");
  }
  if (spec.common_name.size() > kMaxCommonNameLength) {
    return absl::InvalidArgumentError(absl::StrCat("certificate: the common name \"",
                                                   absl::CHexEscape(spec.common_name), "\" has ",
                                                   "more than ", kMaxCommonNameLength, " bytes"));
  }
  if (spec.not_after <= spec.not_before) {
    return absl::InvalidArgumentError(absl::StrCat("certificate: it would end at ",
                                                   FormatUtc(spec.not_after), ", and begin at ",
                                                   FormatUtc(spec.not_before)));
  }
  return absl::OkStatus();
}

absl::Status SetSerial(X509* x509) {
  uint8_t bytes[kSerialBytes];
  RAND_bytes(bytes, sizeof(bytes));
  bytes[0] = (bytes[0] & 0x7f) | 0x40;  // Positive, and of full length.
  bssl::UniquePtr<BIGNUM> number(BN_bin2bn(bytes, sizeof(bytes), nullptr));
  if (!number || !BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x509))) {
    return CannotSign("a serial number");
  }
  return absl::OkStatus();
}

absl::Status SetValidity(const CertificateSpec& spec, X509* x509) {
  GOSSAMER_ASSIGN_OR_RETURN(const bssl::UniquePtr<ASN1_TIME> begin, EncodeTime(spec.not_before));
  GOSSAMER_ASSIGN_OR_RETURN(const bssl::UniquePtr<ASN1_TIME> end, EncodeTime(spec.not_after));
  if (!X509_set1_notBefore(x509, begin.get()) || !X509_set1_notAfter(x509, end.get())) {
    return CannotSign("its validity");
  }
  return absl::OkStatus();
}

absl::Status AddExtension(int nid, void* value, bool critical, X509* x509) {
  if (X509_add1_ext_i2d(x509, nid, value, critical ? 1 : 0, X509V3_ADD_DEFAULT) != 1) {
    return CannotSign(absl::StrCat("the extension ", OBJ_nid2sn(nid)));
  }
  return absl::OkStatus();
}

absl::Status AddKeyUsage(std::initializer_list<int> bits, X509* x509) {
  bssl::UniquePtr<ASN1_BIT_STRING> usage(ASN1_BIT_STRING_new());
  for (const int bit : bits) {
    if (!usage || !ASN1_BIT_STRING_set_bit(usage.get(), bit, 1)) return CannotSign("key usage");
  }
  return AddExtension(NID_key_usage, usage.get(), /*critical=*/true, x509);
}

// The bits of RFC 5280, section 4.2.1.3.
constexpr int kDigitalSignature = 0;
constexpr int kKeyEncipherment = 2;
constexpr int kKeyCertSign = 5;
constexpr int kCrlSign = 6;

absl::Status AddAuthorityExtensions(const CertificateSpec& spec, X509* x509) {
  bssl::UniquePtr<BASIC_CONSTRAINTS> constraints(BASIC_CONSTRAINTS_new());
  if (!constraints) return CannotSign("basic constraints");
  constraints->ca = ASN1_BOOLEAN_TRUE;
  if (spec.path_length >= 0) {
    constraints->pathlen = ASN1_INTEGER_new();
    if (constraints->pathlen == nullptr ||
        !ASN1_INTEGER_set_uint64(constraints->pathlen, spec.path_length)) {
      return CannotSign("basic constraints");
    }
  }
  GOSSAMER_RETURN_IF_ERROR(
      AddExtension(NID_basic_constraints, constraints.get(), /*critical=*/true, x509));
  return AddKeyUsage({kKeyCertSign, kCrlSign}, x509);
}

absl::Status AddLeafExtensions(X509* x509) {
  GOSSAMER_RETURN_IF_ERROR(AddKeyUsage({kDigitalSignature, kKeyEncipherment}, x509));
  bssl::UniquePtr<EXTENDED_KEY_USAGE> usage(sk_ASN1_OBJECT_new_null());
  for (const int nid : {NID_server_auth, NID_client_auth}) {
    // Objects of known NIDs are static; the stack's free leaves them alone.
    if (!usage || !sk_ASN1_OBJECT_push(usage.get(), OBJ_nid2obj(nid))) {
      return CannotSign("extended key usage");
    }
  }
  return AddExtension(NID_ext_key_usage, usage.get(), /*critical=*/false, x509);
}

absl::Status AddNames(const CertificateSpec& spec, X509* x509) {
  if (spec.names.empty()) return absl::OkStatus();
  GOSSAMER_ASSIGN_OR_RETURN(const bssl::UniquePtr<GENERAL_NAMES> names, EncodeNames(spec.names));
  // RFC 5280, section 4.2.1.6: critical where the subject is empty.
  return AddExtension(NID_subject_alt_name, names.get(), spec.common_name.empty(), x509);
}

// The key identifier of RFC 5280, section 4.2.1.2, method 1. SHA-1 only names the key here.
absl::StatusOr<bssl::UniquePtr<ASN1_OCTET_STRING>> KeyIdentifier(const X509* x509) {
  uint8_t digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  bssl::UniquePtr<ASN1_OCTET_STRING> id(ASN1_OCTET_STRING_new());
  if (!id || !X509_pubkey_digest(x509, EVP_sha1(), digest, &length) ||
      !ASN1_OCTET_STRING_set(id.get(), digest, static_cast<int>(length))) {
    return CannotSign("a key identifier");
  }
  return id;
}

// `issuer` is null for a root, whose own identifier is its authority's.
absl::Status AddKeyIdentifiers(X509* issuer, X509* x509) {
  GOSSAMER_ASSIGN_OR_RETURN(bssl::UniquePtr<ASN1_OCTET_STRING> own, KeyIdentifier(x509));
  GOSSAMER_RETURN_IF_ERROR(
      AddExtension(NID_subject_key_identifier, own.get(), /*critical=*/false, x509));
  // An issuer made elsewhere has chosen its own identifier; one without any is not named.
  const ASN1_OCTET_STRING* of_issuer =
      issuer == nullptr ? own.get() : X509_get0_subject_key_id(issuer);
  if (of_issuer == nullptr) return absl::OkStatus();
  bssl::UniquePtr<AUTHORITY_KEYID> authority(AUTHORITY_KEYID_new());
  if (!authority) return CannotSign("the authority's key identifier");
  authority->keyid = ASN1_STRING_dup(of_issuer);
  return AddExtension(NID_authority_key_identifier, authority.get(), /*critical=*/false, x509);
}

// `issuer` is null for a root.
absl::StatusOr<Certificate> Sign(const CertificateSpec& spec, EVP_PKEY* subject_key, X509* issuer,
                                 const PrivateKey& issuer_key) {
  ScopedErrorQueue errors;
  bssl::UniquePtr<X509> x509(X509_new());
  GOSSAMER_ASSIGN_OR_RETURN(const bssl::UniquePtr<X509_NAME> subject,
                            EncodeSubject(spec.common_name));
  if (!x509 || !X509_set_version(x509.get(), X509_VERSION_3) ||
      !X509_set_subject_name(x509.get(), subject.get()) ||
      !X509_set_issuer_name(x509.get(),
                            issuer == nullptr ? subject.get() : X509_get_subject_name(issuer)) ||
      !X509_set_pubkey(x509.get(), subject_key)) {
    return CannotSign("its subject and key");
  }
  GOSSAMER_RETURN_IF_ERROR(SetSerial(x509.get()));
  GOSSAMER_RETURN_IF_ERROR(SetValidity(spec, x509.get()));
  GOSSAMER_RETURN_IF_ERROR(spec.is_ca ? AddAuthorityExtensions(spec, x509.get())
                                      : AddLeafExtensions(x509.get()));
  GOSSAMER_RETURN_IF_ERROR(AddKeyIdentifiers(issuer, x509.get()));
  GOSSAMER_RETURN_IF_ERROR(AddNames(spec, x509.get()));
  uint8_t* der = nullptr;
  int length = -1;
  if (X509_sign(x509.get(), issuer_key.get(), SigningDigest(issuer_key.type()))) {
    length = i2d_X509(x509.get(), &der);
  }
  if (length < 0) return CannotSign(absl::StrCat("a signature: ", errors.Reason("unknown")));
  const bssl::UniquePtr<uint8_t> owned(der);
  return Certificate::FromDer(absl::string_view(reinterpret_cast<const char*>(der), length));
}

}  // namespace

absl::StatusOr<Certificate> SignCertificate(const CertificateSpec& spec,
                                            const PublicKey& subject_key, const Certificate& issuer,
                                            const PrivateKey& issuer_key) {
  GOSSAMER_RETURN_IF_ERROR(CheckSpec(spec));
  if (!issuer.is_ca()) {
    return absl::FailedPreconditionError(
        absl::StrCat("issuer ", issuer.subject(), " is not a certificate authority"));
  }
  if (issuer.public_key() != issuer_key.public_key()) {
    return absl::FailedPreconditionError(
        absl::StrCat("issuer ", issuer.subject(), ": the private key is not the certificate's"));
  }
  // Compared as it will be written: in whole seconds.
  if (absl::ToUnixSeconds(spec.not_after) > absl::ToUnixSeconds(issuer.not_after())) {
    return absl::InvalidArgumentError(
        absl::StrCat("certificate: it would end at ", FormatUtc(spec.not_after), ", after issuer ",
                     issuer.subject(), ", which ends at ", FormatUtc(issuer.not_after())));
  }
  const bssl::UniquePtr<X509> issuer_x509 = issuer.ToX509();
  if (!issuer_x509) return CannotSign("the issuer's name");
  return Sign(spec, subject_key.get(), issuer_x509.get(), issuer_key);
}

absl::StatusOr<Certificate> SelfSignCertificate(const CertificateSpec& spec,
                                                const PrivateKey& key) {
  GOSSAMER_RETURN_IF_ERROR(CheckSpec(spec));
  return Sign(spec, key.get(), /*issuer=*/nullptr, key);
}

}  // namespace gossamer::x509
