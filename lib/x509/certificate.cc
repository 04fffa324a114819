#include "lib/x509/certificate.h"

#include <openssl/bn.h>
#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/pool.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "lib/status/annotate.h"
#include "lib/status/status_macros.h"
#include "lib/x509/errors.h"
#include "lib/x509/pem.h"

namespace gossamer::x509 {
namespace {

absl::Status NotACertificate(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("not a DER X.509 certificate: ", why));
}

bssl::UniquePtr<X509> ParseX509(absl::string_view der) {
  const auto* in = reinterpret_cast<const uint8_t*>(der.data());
  bssl::UniquePtr<X509> x509(d2i_X509(nullptr, &in, static_cast<long>(der.size())));
  if (in != reinterpret_cast<const uint8_t*>(der.data()) + der.size()) return nullptr;
  return x509;
}

absl::StatusOr<absl::Time> ReadTime(const ASN1_TIME* time) {
  int64_t seconds = 0;
  if (!ASN1_TIME_to_posix(time, &seconds)) return NotACertificate("its validity is malformed");
  return absl::FromUnixSeconds(seconds);
}

std::string ReadSerial(const X509* x509) {
  bssl::UniquePtr<BIGNUM> number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(x509), nullptr));
  bssl::UniquePtr<char> hex(number ? BN_bn2hex(number.get()) : nullptr);
  return hex ? std::string(hex.get()) : std::string();
}

absl::StatusOr<std::vector<SubjectAltName>> ReadNames(const X509* x509) {
  int critical = 0;
  bssl::UniquePtr<GENERAL_NAMES> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(x509, NID_subject_alt_name, &critical, /*out_idx=*/nullptr)));
  constexpr int kAbsent = -1;
  if (!names && critical != kAbsent) {
    return NotACertificate("its subject alternative names are malformed or occur twice");
  }
  return ReadSubjectAltNames(names.get());
}

}  // namespace

absl::StatusOr<Certificate> Certificate::FromDer(absl::string_view der) {
  ScopedErrorQueue errors;
  if (der.size() > kMaxCertificateBytes) {
    return NotACertificate(
        absl::StrCat("it has ", der.size(), " bytes, at most ", kMaxCertificateBytes, " are read"));
  }
  const bssl::UniquePtr<X509> x509 = ParseX509(der);
  if (!x509) return NotACertificate(errors.Reason("bytes after its end"));
  // Parses and caches every extension that verification looks at.
  if (X509_get_extension_flags(x509.get()) & EXFLAG_INVALID) {
    return NotACertificate("its extensions are malformed");
  }
  bssl::UniquePtr<EVP_PKEY> key(X509_get_pubkey(x509.get()));
  if (!key) return NotACertificate(absl::StrCat("its public key: ", errors.Reason("unknown")));

  Certificate result(std::string(der), PublicKey(std::move(key)));
  GOSSAMER_ASSIGN_OR_RETURN(result.not_before_, ReadTime(X509_get0_notBefore(x509.get())));
  GOSSAMER_ASSIGN_OR_RETURN(result.not_after_, ReadTime(X509_get0_notAfter(x509.get())));
  GOSSAMER_ASSIGN_OR_RETURN(result.names_, ReadNames(x509.get()));
  result.subject_ = ReadName(X509_get_subject_name(x509.get()));
  result.issuer_ = ReadName(X509_get_issuer_name(x509.get()));
  result.serial_ = ReadSerial(x509.get());
  result.is_ca_ = X509_check_ca(x509.get()) != 0;
  return result;
}

absl::StatusOr<std::vector<Certificate>> Certificate::ChainFromPem(absl::string_view pem) {
  GOSSAMER_ASSIGN_OR_RETURN(const std::vector<PemBlock> blocks, ParsePem(pem));
  std::vector<Certificate> chain;
  for (const PemBlock& block : blocks) {
    if (block.label != kPemCertificate) continue;
    if (!block.der.ok()) return block.der.status();
    absl::StatusOr<Certificate> certificate = FromDer(*block.der);
    if (!certificate.ok()) {
      return Annotate(certificate.status(), absl::StrCat("certificate at line ", block.line));
    }
    chain.push_back(*std::move(certificate));
  }
  if (chain.empty()) return absl::InvalidArgumentError("PEM text holds no CERTIFICATE block");
  return chain;
}

std::string Certificate::Pem() const { return EncodePem(kPemCertificate, der_); }

std::string Certificate::Fingerprint() const {
  uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const uint8_t*>(der_.data()), der_.size(), digest);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest), sizeof(digest)));
}

bool Certificate::HasId(const Id& id) const {
  return std::any_of(names_.begin(), names_.end(), [&id](const SubjectAltName& name) {
    if (name.kind != SubjectAltName::Kind::kDns && name.kind != SubjectAltName::Kind::kUri) {
      return false;
    }
    const absl::StatusOr<Id> held = Id::Parse(name.value);
    return held.ok() && *held == id;
  });
}

absl::StatusOr<Id> Certificate::FirstId() const {
  for (const SubjectAltName& name : names_) {
    if (name.kind != SubjectAltName::Kind::kDns && name.kind != SubjectAltName::Kind::kUri) {
      continue;
    }
    if (absl::StatusOr<Id> id = Id::Parse(name.value); id.ok()) return id;
  }
  return absl::NotFoundError(
      absl::StrCat("certificate ", subject_, " has no DNS or URI name that is an identity"));
}

bssl::UniquePtr<X509> Certificate::ToX509() const {
  ScopedErrorQueue errors;
  return ParseX509(der_);
}

std::string FormatUtc(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

}  // namespace gossamer::x509
