#include "lib/log/filter.h"

#include <algorithm>
#include <array>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "lib/status/status_macros.h"

namespace gossamer::log {
namespace {

// Operators carry these names over from Linkerd's proxy; each stands for the module of ours that
// does the same work. The empty prefix is every module.
struct Alias {
  absl::string_view name;
  absl::string_view prefix;
};
constexpr std::array kAliases = {
    Alias{"linkerd", ""},
    Alias{"linkerd_", ""},
    Alias{"linkerd2_proxy", ""},
    Alias{"linkerd_app", "proxy"},
    Alias{"linkerd_app_admin", "proxy::admin"},
    Alias{"linkerd_app_inbound", "proxy::inbound"},
    Alias{"linkerd_app_outbound", "proxy::outbound"},
    Alias{"linkerd_app_gateway", "proxy::gateway"},
    Alias{"linkerd_identity", "proxy::identity"},
    Alias{"linkerd_identity_client", "proxy::identity"},
    Alias{"linkerd_proxy_identity_client", "proxy::identity"},
    Alias{"linkerd_service_profiles", "proxy::discovery"},
    Alias{"linkerd_proxy_api_resolve", "proxy::discovery"},
    Alias{"linkerd_pool_p2c", "proxy::balance"},
    Alias{"linkerd_proxy_balance", "proxy::balance"},
    Alias{"linkerd_proxy_tap", "proxy::tap"},
    Alias{"linkerd_proxy_transport", "net"},
    Alias{"linkerd_dns", "net::dns"},
    Alias{"linkerd_tls", "tls"},
    Alias{"hickory", "net::dns"},
    Alias{"h2", "http2"},
    Alias{"hyper", "http"},
    Alias{"rustls", "tls"},
};

std::optional<Level> ParseLevel(absl::string_view text) {
  constexpr std::array<absl::string_view, 6> kNames = {"off",  "error", "warn",
                                                       "info", "debug", "trace"};
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (absl::EqualsIgnoreCase(text, kNames[i])) return static_cast<Level>(i);
  }
  if (text.size() == 1 && text[0] >= '0' && text[0] <= '5') {
    return static_cast<Level>(text[0] - '0');
  }
  return std::nullopt;
}

// A comma inside a bracket or a brace belongs to its directive.
std::vector<absl::string_view> SplitDirectives(absl::string_view text) {
  std::vector<absl::string_view> parts;
  int depth = 0;
  size_t start = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[' || text[i] == '{') ++depth;
    if (text[i] == ']' || text[i] == '}') depth = std::max(0, depth - 1);
    if (text[i] == ',' && depth == 0) {
      parts.push_back(text.substr(start, i - start));
      start = i + 1;
    }
  }
  parts.push_back(text.substr(start));
  for (absl::string_view& part : parts) part = absl::StripAsciiWhitespace(part);
  parts.erase(std::remove(parts.begin(), parts.end(), ""), parts.end());
  return parts;
}

absl::Status Malformed(absl::string_view directive, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("log directive \"", absl::CHexEscape(directive), "\": ", why));
}

bool IsTarget(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '_' || c == ':' || c == '-' || c == '.' || c == '/';
  });
}

}  // namespace

absl::StatusOr<Filter::Directive> Filter::ParseDirective(absl::string_view text) {
  Directive directive;
  directive.text = std::string(text);
  if (const std::optional<Level> level = ParseLevel(text)) {
    directive.level = *level;
    return directive;
  }

  absl::string_view rest = text;
  if (const size_t open = text.find('['); open != absl::string_view::npos) {
    const size_t close = text.find(']', open);
    if (close == absl::string_view::npos) return Malformed(text, "expected a closing ']'");
    directive.target = std::string(text.substr(0, open));
    GOSSAMER_RETURN_IF_ERROR(ParseSpan(text.substr(open + 1, close - open - 1), &directive));
    rest = text.substr(close + 1);
    if (!rest.empty() && rest[0] != '=') return Malformed(text, "expected '=' after ']'");
  } else {
    const size_t equals = std::min(text.find('='), text.size());
    directive.target = std::string(text.substr(0, equals));
    rest = text.substr(equals);
    if (directive.target.empty()) return Malformed(text, "expected a target before '='");
  }
  if (!IsTarget(directive.target)) {
    return Malformed(text, "a target has only letters, digits and _ : - . /");
  }
  if (!rest.empty()) {
    const std::optional<Level> level = ParseLevel(absl::StripPrefix(rest, "="));
    if (!level) {
      return Malformed(text, "expected a level: off, error, warn, info, debug, trace or 0 to 5");
    }
    directive.level = *level;
  }
  directive.prefix = directive.target;
  for (const Alias& alias : kAliases) {
    if (alias.name == directive.target) directive.prefix = std::string(alias.prefix);
  }
  return directive;
}

// What stands between the brackets: a span's name, then fields in braces; either may be absent.
absl::Status Filter::ParseSpan(absl::string_view text, Directive* directive) {
  const size_t open = std::min(text.find('{'), text.size());
  directive->matches_modules = open == 0 && !text.empty();
  if (open == text.size()) return absl::OkStatus();
  if (text.back() != '}') return Malformed(directive->text, "expected a closing '}'");
  for (absl::string_view part : SplitDirectives(text.substr(open + 1, text.size() - open - 2))) {
    FieldMatch match;
    const size_t equals = std::min(part.find('='), part.size());
    match.name = std::string(absl::StripAsciiWhitespace(part.substr(0, equals)));
    if (match.name.empty()) return Malformed(directive->text, "a field needs a name");
    if (equals < part.size()) {
      absl::string_view value = absl::StripAsciiWhitespace(part.substr(equals + 1));
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
        value = value.substr(1, value.size() - 2);
      }
      match.value = std::string(value);
      match.has_value = true;
    }
    directive->fields.push_back(std::move(match));
  }
  if (directive->fields.empty()) return Malformed(directive->text, "the braces name no field");
  return absl::OkStatus();
}

absl::StatusOr<Filter> Filter::Parse(absl::string_view text) {
  Lenient result = ParseLenient(text);
  if (!result.faults.empty()) {
    return absl::InvalidArgumentError(absl::StrJoin(result.faults, "; "));
  }
  return std::move(result.filter);
}

Filter::Lenient Filter::ParseLenient(absl::string_view text) {
  Lenient result;
  for (absl::string_view part : SplitDirectives(text)) {
    if (result.filter.directives_.size() >= kMaxDirectives) {
      result.faults.push_back(
          absl::StrCat("log directives: more than ", kMaxDirectives, " are not accepted"));
      break;
    }
    absl::StatusOr<Directive> directive = ParseDirective(part);
    if (directive.ok()) {
      result.filter.Add(*std::move(directive));
    } else {
      result.faults.push_back(std::string(directive.status().message()));
    }
  }
  result.filter.Finish();
  return result;
}

void Filter::Add(Directive directive) {
  const auto same = [&](const Directive& other) {
    return other.target == directive.target && other.fields.empty() && directive.fields.empty() &&
           other.matches_modules && directive.matches_modules;
  };
  directives_.erase(std::remove_if(directives_.begin(), directives_.end(), same),
                    directives_.end());
  directives_.push_back(std::move(directive));
}

bool Filter::MoreSpecific(const Directive& a, const Directive& b) {
  if (a.prefix.size() != b.prefix.size()) return a.prefix.size() > b.prefix.size();
  if (a.fields.size() != b.fields.size()) return a.fields.size() > b.fields.size();
  if (a.target.empty() != b.target.empty()) return b.target.empty();
  return a.order > b.order;
}

void Filter::Finish() {
  text_ = absl::StrJoin(directives_, ",", [](std::string* out, const Directive& directive) {
    out->append(directive.text);
  });
  if (text_.empty()) text_ = "warn";
  is_off_ = absl::EqualsIgnoreCase(text_, "off");
  for (const Directive& directive : directives_) {
    if (directive.matches_modules && !directive.fields.empty()) has_field_directives_ = true;
  }
  for (size_t i = 0; i < directives_.size(); ++i) directives_[i].order = i;
  std::sort(directives_.begin(), directives_.end(), MoreSpecific);
}

bool Filter::MatchesFields(const Directive& directive, absl::Span<const Field> fields) {
  return std::all_of(
      directive.fields.begin(), directive.fields.end(), [&](const FieldMatch& match) {
        return std::any_of(fields.begin(), fields.end(), [&](const Field& field) {
          return field.key() == match.name && (!match.has_value || field.value() == match.value);
        });
      });
}

Level Filter::MaxLevel(absl::string_view target) const {
  Level max = Level::kOff;
  for (const Directive& directive : directives_) {
    if (!directive.matches_modules || !absl::StartsWith(target, directive.prefix)) continue;
    max = std::max(max, directive.level);
    if (directive.fields.empty()) return max;
  }
  return std::max(max, Level::kWarn);
}

Level Filter::LevelOf(absl::string_view target, absl::Span<const Field> fields) const {
  for (const Directive& directive : directives_) {
    if (directive.matches_modules && absl::StartsWith(target, directive.prefix) &&
        MatchesFields(directive, fields)) {
      return directive.level;
    }
  }
  return Level::kWarn;
}

}  // namespace gossamer::log
