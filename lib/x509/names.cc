#include "lib/x509/names.h"

#include <openssl/bio.h>
#include <openssl/mem.h>
#include <openssl/nid.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace gossamer::x509 {
namespace {

std::string Bytes(const ASN1_STRING* string) {
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
                     ASN1_STRING_length(string));
}

std::string FormatIp(const std::string& bytes) {
  const auto at = [&bytes](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  if (bytes.size() == 4) return absl::StrCat(at(0), ".", at(1), ".", at(2), ".", at(3));
  if (bytes.size() != 16) return "malformed";
  std::vector<std::string> groups;
  for (size_t i = 0; i < bytes.size(); i += 2) {
    groups.push_back(absl::StrFormat("%x", at(i) << 8 | at(i + 1)));
  }
  return absl::StrJoin(groups, ":");
}

SubjectAltName ReadGeneralName(const GENERAL_NAME* name) {
  switch (name->type) {
    case GEN_DNS:
      return {SubjectAltName::Kind::kDns, Bytes(name->d.dNSName)};
    case GEN_URI:
      return {SubjectAltName::Kind::kUri, Bytes(name->d.uniformResourceIdentifier)};
    case GEN_EMAIL:
      return {SubjectAltName::Kind::kEmail, Bytes(name->d.rfc822Name)};
    case GEN_IPADD:
      return {SubjectAltName::Kind::kIp, FormatIp(Bytes(name->d.iPAddress))};
    default:
      return {SubjectAltName::Kind::kOther, ""};
  }
}

}  // namespace

absl::string_view SubjectAltNameKind(SubjectAltName::Kind kind) {
  switch (kind) {
    case SubjectAltName::Kind::kDns:
      return "DNS";
    case SubjectAltName::Kind::kUri:
      return "URI";
    case SubjectAltName::Kind::kEmail:
      return "email";
    case SubjectAltName::Kind::kIp:
      return "IP";
    case SubjectAltName::Kind::kOther:
      break;
  }
  return "other";
}

std::vector<SubjectAltName> ReadSubjectAltNames(const GENERAL_NAMES* names) {
  std::vector<SubjectAltName> result;
  for (size_t i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names); ++i) {
    result.push_back(ReadGeneralName(sk_GENERAL_NAME_value(names, i)));
  }
  return result;
}

std::string ReadName(const X509_NAME* name) {
  bssl::UniquePtr<BIO> bio(BIO_new(BIO_s_mem()));
  const uint8_t* data = nullptr;
  size_t length = 0;
  if (!bio || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253) < 0 ||
      !BIO_mem_contents(bio.get(), &data, &length)) {
    return "unprintable";
  }
  return std::string(reinterpret_cast<const char*>(data), length);
}

std::vector<std::string> ReadCommonNames(const X509_NAME* name) {
  std::vector<std::string> result;
  for (int i = -1; (i = X509_NAME_get_index_by_NID(name, NID_commonName, i)) >= 0;) {
    uint8_t* utf8 = nullptr;
    const int length =
        ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i)));
    if (length < 0) {
      result.emplace_back("\xEF\xBF\xBD");  // Not text: a name that equals no other.
      continue;
    }
    bssl::UniquePtr<uint8_t> owned(utf8);
    result.emplace_back(reinterpret_cast<const char*>(utf8), length);
  }
  return result;
}

}  // namespace gossamer::x509
