#include "services/destination/endpoints/token.h"

#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "nlohmann/json.hpp"

namespace gossamer::destination {
namespace {

constexpr size_t kTokenBytesMax = 4096;
constexpr size_t kShownMax = 100;

// The text as a JSON object; nothing where it is none. Never throws.
std::optional<nlohmann::json> ParseObject(absl::string_view text) {
  if (text.size() > kTokenBytesMax) return std::nullopt;
  nlohmann::json object = nlohmann::json::parse(text.begin(), text.end(), nullptr,
                                                /*allow_exceptions=*/false);
  if (!object.is_object()) return std::nullopt;
  return object;
}

std::string Text(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

absl::Status Invalid(absl::string_view text) {
  return absl::InvalidArgumentError(absl::StrCat(
      "Invalid workload: expected {\"ns\": NAMESPACE, \"pod\": POD} or NAMESPACE:POD, found ",
      text.substr(0, kShownMax)));
}

}  // namespace

ContextToken ParseContextToken(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  if (absl::ConsumePrefix(&text, "ns:")) return {std::string(text), "", ""};
  const std::optional<nlohmann::json> object = ParseObject(text);
  if (!object) return {};
  return {Text(*object, "ns"), Text(*object, "nodeName"), Text(*object, "pod")};
}

absl::StatusOr<WorkloadToken> ParseWorkloadToken(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  if (!absl::StartsWith(text, "{")) {
    const size_t colon = text.find(':');
    if (colon == absl::string_view::npos || colon == 0 || colon + 1 == text.size()) {
      return Invalid(text);
    }
    return WorkloadToken{std::string(text.substr(0, colon)), std::string(text.substr(colon + 1)),
                         ""};
  }
  const std::optional<nlohmann::json> object = ParseObject(text);
  if (!object) return Invalid(text);
  WorkloadToken token{Text(*object, "ns"), Text(*object, "pod"),
                      Text(*object, "external_workload")};
  if (token.namespace_name.empty() || token.pod.empty() == token.external_workload.empty()) {
    return Invalid(text);
  }
  return token;
}

}  // namespace gossamer::destination
