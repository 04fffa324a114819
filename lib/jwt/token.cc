#include "lib/jwt/token.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "lib/jwt/algorithm.h"
#include "lib/jwt/base64url.h"
#include "lib/status/status_macros.h"

namespace gossamer::jwt {
namespace {

using nlohmann::json;

constexpr size_t kMaxTextInMessage = 128;
constexpr size_t kMaxAudiences = 64;
// Seconds since 1970 that a date can have up to the year 9999; RFC 7519 sets no limit.
constexpr double kMaxNumericDate = 253402300799.0;

absl::Status Malformed(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("token is malformed: ", what));
}

absl::Status Refused(absl::string_view why) {
  return absl::UnauthenticatedError(absl::StrCat("token refused: ", why));
}

// Text of the outside world in a message: bounded, and without anything that breaks a line.
std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", absl::CHexEscape(text.substr(0, kMaxTextInMessage)), "\"");
}

std::string Utc(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

struct Header {
  Algorithm algorithm;
  std::string key_id;
};

struct Parts {
  absl::string_view signed_text;  // Header and claims as they were signed.
  Header header;
  json claims;
  std::string signature;
};

absl::StatusOr<json> ParseObject(absl::string_view encoded, absl::string_view what) {
  std::string text;
  if (!DecodeBase64Url(encoded, &text)) return Malformed(absl::StrCat(what, ": not base64url"));
  json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return Malformed(absl::StrCat(what, ": no JSON object"));
  return object;
}

// A member that is absent is empty; one that is no string is an error.
absl::StatusOr<std::string> Text(const json& object, const char* name) {
  const auto member = object.find(name);
  if (member == object.end()) return std::string();
  if (!member->is_string()) return Malformed(absl::StrCat("\"", name, "\" is no string"));
  return member->get<std::string>();
}

absl::StatusOr<absl::optional<absl::Time>> Date(const json& claims, const char* name) {
  const auto member = claims.find(name);
  if (member == claims.end()) return absl::optional<absl::Time>();
  if (!member->is_number()) return Malformed(absl::StrCat("\"", name, "\" is no number"));
  const double seconds = member->get<double>();
  if (!(seconds >= 0 && seconds <= kMaxNumericDate)) {
    return Malformed(absl::StrCat("\"", name, "\" is no date"));
  }
  return absl::optional<absl::Time>(absl::UnixEpoch() + absl::Seconds(seconds));
}

absl::StatusOr<std::vector<std::string>> Audiences(const json& claims) {
  const auto member = claims.find("aud");
  if (member == claims.end()) return std::vector<std::string>();
  if (member->is_string()) return std::vector<std::string>{member->get<std::string>()};
  if (!member->is_array() || member->size() > kMaxAudiences) {
    return Malformed("\"aud\" is neither a string nor a short list of them");
  }
  std::vector<std::string> audiences;
  for (const json& audience : *member) {
    if (!audience.is_string()) return Malformed("\"aud\" holds what is no string");
    audiences.push_back(audience.get<std::string>());
  }
  return audiences;
}

absl::StatusOr<Header> ReadHeader(absl::string_view encoded) {
  GOSSAMER_ASSIGN_OR_RETURN(const json object, ParseObject(encoded, "header"));
  GOSSAMER_ASSIGN_OR_RETURN(const std::string name, Text(object, "alg"));
  absl::StatusOr<Algorithm> algorithm = ParseAlgorithm(name);
  if (!algorithm.ok()) return Refused(algorithm.status().message());
  // RFC 7515, section 4.1.11: whoever does not understand an extension must refuse the token, and
  // none is understood here.
  if (object.contains("crit")) return Refused("its header asks for an extension (\"crit\")");
  GOSSAMER_ASSIGN_OR_RETURN(std::string key_id, Text(object, "kid"));
  return Header{*algorithm, std::move(key_id)};
}

absl::StatusOr<Parts> Split(absl::string_view token) {
  if (token.size() > kMaxTokenBytes) {
    return Malformed(
        absl::StrCat("it has ", token.size(), " bytes, at most ", kMaxTokenBytes, " are read"));
  }
  if (token.empty()) return Malformed("it is empty");
  const std::vector<absl::string_view> pieces = absl::StrSplit(token, absl::MaxSplits('.', 3));
  if (pieces.size() != 3) return Malformed("it has not three parts with dots between them");
  GOSSAMER_ASSIGN_OR_RETURN(Header header, ReadHeader(pieces[0]));
  GOSSAMER_ASSIGN_OR_RETURN(json claims, ParseObject(pieces[1], "claims"));
  std::string signature;
  if (!DecodeBase64Url(pieces[2], &signature)) return Malformed("signature: not base64url");
  return Parts{token.substr(0, pieces[0].size() + 1 + pieces[1].size()), std::move(header),
               std::move(claims), std::move(signature)};
}

absl::Status CheckSignature(const Parts& parts, const KeySet& keys) {
  const std::vector<const VerificationKey*> candidates =
      keys.Candidates(parts.header.algorithm, parts.header.key_id);
  if (candidates.empty()) {
    return Refused(absl::StrCat("none of the ", keys.keys().size(), " keys known here is ",
                                Quoted(parts.header.key_id), " for ",
                                AlgorithmName(parts.header.algorithm)));
  }
  for (const VerificationKey* candidate : candidates) {
    if (VerifySignature(parts.header.algorithm, candidate->key, parts.signed_text,
                        parts.signature)) {
      return absl::OkStatus();
    }
  }
  return Refused("its signature does not verify");
}

absl::StatusOr<Claims> ReadClaims(const json& object) {
  Claims claims;
  GOSSAMER_ASSIGN_OR_RETURN(claims.issuer, Text(object, "iss"));
  GOSSAMER_ASSIGN_OR_RETURN(claims.subject, Text(object, "sub"));
  GOSSAMER_ASSIGN_OR_RETURN(claims.audiences, Audiences(object));
  GOSSAMER_ASSIGN_OR_RETURN(claims.not_before, Date(object, "nbf"));
  GOSSAMER_ASSIGN_OR_RETURN(claims.issued_at, Date(object, "iat"));
  GOSSAMER_ASSIGN_OR_RETURN(const absl::optional<absl::Time> expires_at, Date(object, "exp"));
  if (!expires_at.has_value()) return Refused("it never expires (\"exp\" is missing)");
  claims.expires_at = *expires_at;
  if (const auto kubernetes = object.find("kubernetes.io"); kubernetes != object.end()) {
    if (!kubernetes->is_object()) return Malformed("\"kubernetes.io\" is no object");
    GOSSAMER_ASSIGN_OR_RETURN(claims.kubernetes_namespace, Text(*kubernetes, "namespace"));
    if (const auto account = kubernetes->find("serviceaccount");
        account != kubernetes->end() && account->is_object()) {
      GOSSAMER_ASSIGN_OR_RETURN(claims.kubernetes_service_account, Text(*account, "name"));
    }
    if (const auto pod = kubernetes->find("pod"); pod != kubernetes->end() && pod->is_object()) {
      GOSSAMER_ASSIGN_OR_RETURN(claims.kubernetes_pod, Text(*pod, "name"));
    }
  }
  return claims;
}

absl::Status CheckTimes(const Claims& claims, absl::Duration leeway, absl::Time now) {
  if (now >= claims.expires_at + leeway) {
    return Refused(
        absl::StrCat("it expired at ", Utc(claims.expires_at), "; it is ", Utc(now), " here"));
  }
  if (claims.not_before.has_value() && now < *claims.not_before - leeway) {
    return Refused(absl::StrCat("it is not valid before ", Utc(*claims.not_before), "; it is ",
                                Utc(now), " here (do the clocks agree?)"));
  }
  if (claims.issued_at.has_value() && now < *claims.issued_at - leeway) {
    return Refused(absl::StrCat("it was issued in the future, at ", Utc(*claims.issued_at),
                                "; it is ", Utc(now), " here (do the clocks agree?)"));
  }
  return absl::OkStatus();
}

absl::Status CheckClaims(const Claims& claims, const Expectations& expectations, absl::Time now) {
  if (claims.issuer.empty() || claims.issuer != expectations.issuer) {
    return Refused(absl::StrCat("its issuer is ", Quoted(claims.issuer), ", not ",
                                Quoted(expectations.issuer)));
  }
  if (expectations.audience.empty() ||
      !absl::c_linear_search(claims.audiences, expectations.audience)) {
    const std::string held = absl::StrJoin(claims.audiences, ", ");
    return Refused(absl::StrCat("it is meant for ", Quoted(held), ", not for ",
                                Quoted(expectations.audience)));
  }
  return CheckTimes(claims, expectations.leeway, now);
}

json WriteClaims(const Claims& claims) {
  json object = {{"iss", claims.issuer},
                 {"sub", claims.subject},
                 {"aud", claims.audiences},
                 {"exp", absl::ToUnixSeconds(claims.expires_at)}};
  if (claims.not_before.has_value()) object["nbf"] = absl::ToUnixSeconds(*claims.not_before);
  if (claims.issued_at.has_value()) object["iat"] = absl::ToUnixSeconds(*claims.issued_at);
  if (!claims.kubernetes_namespace.empty()) {
    json& kubernetes = object["kubernetes.io"];
    kubernetes["namespace"] = claims.kubernetes_namespace;
    if (!claims.kubernetes_service_account.empty()) {
      kubernetes["serviceaccount"]["name"] = claims.kubernetes_service_account;
    }
    if (!claims.kubernetes_pod.empty()) kubernetes["pod"]["name"] = claims.kubernetes_pod;
  }
  return object;
}

// Text that is no UTF-8 becomes replacement characters: dump() would throw.
std::string Encode(const json& object) {
  return EncodeBase64Url(object.dump(-1, ' ', false, json::error_handler_t::replace));
}

}  // namespace

absl::StatusOr<Claims> VerifyToken(absl::string_view token, const KeySet& keys,
                                   const Expectations& expectations, absl::Time now) {
  GOSSAMER_ASSIGN_OR_RETURN(const Parts parts, Split(absl::StripAsciiWhitespace(token)));
  GOSSAMER_RETURN_IF_ERROR(CheckSignature(parts, keys));
  GOSSAMER_ASSIGN_OR_RETURN(Claims claims, ReadClaims(parts.claims));
  GOSSAMER_RETURN_IF_ERROR(CheckClaims(claims, expectations, now));
  return claims;
}

absl::StatusOr<std::string> SignToken(const Claims& claims, const x509::PrivateKey& key) {
  GOSSAMER_ASSIGN_OR_RETURN(const Algorithm algorithm, DefaultAlgorithm(key.type()));
  const json header = {{"alg", std::string(AlgorithmName(algorithm))},
                       {"kid", KeyId(key.public_key())},
                       {"typ", "JWT"}};
  const std::string text = absl::StrCat(Encode(header), ".", Encode(WriteClaims(claims)));
  GOSSAMER_ASSIGN_OR_RETURN(const std::string signature, Sign(algorithm, key, text));
  return absl::StrCat(text, ".", EncodeBase64Url(signature));
}

}  // namespace gossamer::jwt
