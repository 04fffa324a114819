#include "lib/http/http1/target.h"

#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "lib/http/http1/chars.h"

namespace gossamer::http1 {
namespace {

bool IsValidPort(absl::string_view port) {
  if (port.empty() || port.size() > 5) return false;
  int number = 0;
  for (const char c : port) {
    if (c < '0' || c > '9') return false;
    number = number * 10 + (c - '0');
  }
  return number <= 65535;
}

// A port in `rest`, which follows the host, or nothing at all.
bool IsValidRest(absl::string_view rest) {
  return rest.empty() || (rest[0] == ':' && IsValidPort(rest.substr(1)));
}

bool IsValidBracketed(absl::string_view authority) {
  const size_t close = authority.find(']');
  if (close == absl::string_view::npos || close < 3) return false;
  for (const char c : authority.substr(1, close - 1)) {
    if (!Is(c, kHexChar) && c != ':' && c != '.') return false;
  }
  return IsValidRest(authority.substr(close + 1));
}

bool HasPort(absl::string_view authority) {
  const size_t colon = authority.rfind(':');
  return colon != absl::string_view::npos && authority.find(']', colon) == absl::string_view::npos;
}

bool SplitAbsoluteForm(http::RequestHead* head) {
  absl::string_view rest = head->path;
  if (absl::StartsWithIgnoreCase(rest, "http://")) {
    head->scheme = "http";
  } else if (absl::StartsWithIgnoreCase(rest, "https://")) {
    head->scheme = "https";
  } else {
    return false;
  }
  rest.remove_prefix(head->scheme.size() + 3);
  const size_t authority_size = rest.find_first_of("/?");
  head->authority = rest.substr(0, authority_size);
  head->absolute_form = true;
  rest.remove_prefix(head->authority.size());
  if (rest.empty()) {
    // RFC 9110 section 7.1: for OPTIONS an empty path means the server as a whole.
    head->path = head->method == "OPTIONS" ? "*" : "/";
  } else if (rest[0] == '?') {
    char* path = head->arena.Allocate(rest.size() + 1);
    path[0] = '/';
    std::memcpy(path + 1, rest.data(), rest.size());
    head->path = absl::string_view(path, rest.size() + 1);
  } else {
    head->path = rest;
  }
  return IsValidAuthority(head->authority);
}

}  // namespace

bool IsValidAuthority(absl::string_view authority) {
  if (authority.empty()) return false;
  if (authority[0] == '[') return IsValidBracketed(authority);
  const char* const begin = authority.data();
  const char* const end = begin + authority.size();
  const char* const host_end = SkipClass(begin, end, kHostChar);
  return host_end != begin && IsValidRest(absl::string_view(host_end, end - host_end));
}

bool SplitTarget(http::RequestHead* head) {
  if (head->is_connect()) {
    head->authority = head->path;
    head->path = absl::string_view();
    return IsValidAuthority(head->authority) && HasPort(head->authority);
  }
  if (head->path[0] == '/') return true;
  if (head->path == "*") return head->method == "OPTIONS";
  return SplitAbsoluteForm(head);
}

}  // namespace gossamer::http1
