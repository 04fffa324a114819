#include "proxy/policy/route_match.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace gossamer::proxy {
namespace {

bool FullMatch(const RE2& regex, absl::string_view text) {
  return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), regex);
}

absl::string_view HostOf(absl::string_view authority) {
  if (absl::StartsWith(authority, "[")) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

// A trailing dot of the request's host does not matter unless the pattern has one.
absl::string_view WithoutDot(absl::string_view host, absl::string_view pattern) {
  return absl::EndsWith(pattern, ".") ? host : absl::StripSuffix(host, ".");
}

int HostRank(const HostMatch& match, absl::string_view host) {
  host = WithoutDot(host, match.name);
  constexpr int kExactBonus = 1 << 16;  // A name has at most 255 bytes.
  const int length = static_cast<int>(match.name.size()) + 1;
  if (!match.suffix) {
    return absl::EqualsIgnoreCase(host, match.name) ? kExactBonus + length : 0;
  }
  if (host.size() <= match.name.size() + 1) return 0;
  const size_t dot = host.size() - match.name.size() - 1;
  return host[dot] == '.' && absl::EqualsIgnoreCase(host.substr(dot + 1), match.name) ? length : 0;
}

std::string FormDecode(absl::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      decoded.push_back(' ');
    } else if (text[i] == '%' && i + 2 < text.size() && absl::ascii_isxdigit(text[i + 1]) &&
               absl::ascii_isxdigit(text[i + 2])) {
      const auto hex = [](char c) {
        return absl::ascii_isdigit(c) ? c - '0' : absl::ascii_tolower(c) - 'a' + 10;
      };
      decoded.push_back(static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2])));
      i += 2;
    } else {
      decoded.push_back(text[i]);
    }
  }
  return decoded;
}

// The length of the path that matched, or nothing.
std::optional<int> MatchPath(const PathMatch& match, absl::string_view path) {
  switch (match.kind) {
    case PathMatch::Kind::kExact:
      if (path != match.text) return std::nullopt;
      return static_cast<int>(path.size());
    case PathMatch::Kind::kPrefix: {
      if (match.text == "/") return 1;
      if (!absl::StartsWith(path, match.text)) return std::nullopt;
      if (path.size() > match.text.size() && path[match.text.size()] != '/') return std::nullopt;
      return static_cast<int>(match.text.size());
    }
    case PathMatch::Kind::kRegex:
      if (!FullMatch(*match.regex, path)) return std::nullopt;
      return static_cast<int>(path.size());
  }
  return std::nullopt;
}

bool HasHeader(const http::Headers& headers, const NamedMatch& match) {
  return std::any_of(headers.begin(), headers.end(), [&](const http::Header& field) {
    return field.name == match.name && match.value.Matches(field.value);
  });
}

bool HasQueryParam(absl::string_view query, const NamedMatch& match) {
  for (const absl::string_view pair : absl::StrSplit(query, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(pair, absl::MaxSplits('=', 1));
    if (FormDecode(parts.first) == match.name && match.value.Matches(FormDecode(parts.second))) {
      return true;
    }
  }
  return false;
}

std::optional<MatchRank> MatchGrpc(const RequestMatch& match, absl::string_view path) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(absl::StripPrefix(path, "/"), absl::MaxSplits('/', 1));
  if (!match.grpc_service.empty() && parts.first != match.grpc_service) return std::nullopt;
  if (!match.grpc_method.empty() && parts.second != match.grpc_method) return std::nullopt;
  MatchRank rank;
  rank.path = static_cast<int>(match.grpc_service.size());
  rank.method_name = static_cast<int>(match.grpc_method.size());
  return rank;
}

std::optional<MatchRank> MatchOne(const RequestMatch& match, const http::RequestHead& request) {
  const size_t question = request.path.find('?');
  const absl::string_view path = request.path.substr(0, question);
  const absl::string_view query =
      question == absl::string_view::npos ? "" : request.path.substr(question + 1);
  MatchRank rank;
  if (match.grpc) {
    if (request.method != "POST") return std::nullopt;
    const std::optional<MatchRank> rpc = MatchGrpc(match, path);
    if (!rpc.has_value()) return std::nullopt;
    rank = *rpc;
  }
  if (match.path.has_value()) {
    const std::optional<int> length = MatchPath(*match.path, path);
    if (!length.has_value()) return std::nullopt;
    rank.path = *length;
  }
  if (!match.method.empty()) {
    if (request.method != match.method) return std::nullopt;
    rank.method = true;
  }
  for (const NamedMatch& header : match.headers) {
    if (!HasHeader(request.headers, header)) return std::nullopt;
  }
  for (const NamedMatch& param : match.query_params) {
    if (!HasQueryParam(query, param)) return std::nullopt;
  }
  rank.headers = static_cast<int>(match.headers.size());
  rank.query_params = static_cast<int>(match.query_params.size());
  return rank;
}

}  // namespace

bool TextMatch::Matches(absl::string_view text) const {
  return regex == nullptr ? text == exact : FullMatch(*regex, text);
}

std::optional<MatchRank> MatchHosts(const std::vector<HostMatch>& hosts,
                                    absl::string_view authority) {
  MatchRank rank;
  if (hosts.empty()) return rank;
  const absl::string_view host = HostOf(authority);
  for (const HostMatch& match : hosts) rank.host = std::max(rank.host, HostRank(match, host));
  if (rank.host == 0) return std::nullopt;
  return rank;
}

std::optional<MatchRank> MatchRule(const RouteRule& rule, const http::RequestHead& request) {
  if (rule.matches.empty()) return MatchRank();
  std::optional<MatchRank> best;
  for (const RequestMatch& match : rule.matches) {
    const std::optional<MatchRank> rank = MatchOne(match, request);
    if (rank.has_value() && (!best.has_value() || *rank > *best)) best = rank;
  }
  return best;
}

void ModifyHeaders(const HeaderModifier& modifier, Arena* arena, http::Headers* headers) {
  for (const auto& [name, value] : modifier.add)
    headers->Add(arena->Copy(name), arena->Copy(value));
  for (const auto& [name, value] : modifier.set)
    headers->Set(arena->Copy(name), arena->Copy(value));
  for (const std::string& name : modifier.remove) headers->Remove(name);
}

}  // namespace gossamer::proxy
