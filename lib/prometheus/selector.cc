#include "lib/prometheus/selector.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace gossamer::prom {
namespace {

// PromQL strings follow Go's rules: only these three need an escape inside double quotes.
std::string Quote(absl::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    switch (c) {
      case '\\':
        out += "\\\\";
        break;
      case '"':
        out += "\\\"";
        break;
      case '\n':
        out += "\\n";
        break;
      default:
        out += c;
    }
  }
  out += '"';
  return out;
}

}  // namespace

Selector& Selector::Equal(absl::string_view label, absl::string_view value) {
  return Add(label, "=", value);
}

Selector& Selector::Regex(absl::string_view label, absl::string_view expression) {
  return Add(label, "=~", expression);
}

Selector& Selector::Present(absl::string_view label) { return Add(label, "!=", ""); }

std::string Selector::ToString() const {
  return absl::StrCat("{", absl::StrJoin(matchers_, ", "), "}");
}

Selector& Selector::Add(absl::string_view label, absl::string_view op, absl::string_view value) {
  matchers_.push_back(absl::StrCat(label, op, Quote(value)));
  return *this;
}

std::string EscapeRegex(absl::string_view text) {
  constexpr absl::string_view kSpecial = R"(\.+*?()|[]{}^$)";
  std::string out;
  for (const char c : text) {
    if (kSpecial.find(c) != absl::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace gossamer::prom
