#include "lib/prometheus/vector.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/status/status_macros.h"
#include "nlohmann/json.hpp"

namespace gossamer::prom {
namespace {

using Json = nlohmann::json;

// Error texts of a reply are shown to people: enough to understand, not a whole page.
constexpr size_t kShownTextMax = 200;

std::string Shown(absl::string_view text) {
  return absl::Utf8SafeCHexEscape(text.substr(0, kShownTextMax));
}

absl::Status NotUnderstood(absl::string_view what) {
  return absl::InternalError(absl::StrCat("the reply is not Prometheus's: ", what));
}

const Json* Find(const Json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto it = object.find(key);
  return it == object.end() ? nullptr : &*it;
}

std::string Text(const Json* value) {
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

absl::Status ErrorOf(const Json& reply) {
  const std::string type = Text(Find(reply, "errorType"));
  const std::string message = absl::StrCat(type, ": ", Shown(Text(Find(reply, "error"))));
  if (type == "bad_data") return absl::InvalidArgumentError(message);
  if (type == "timeout" || type == "canceled") return absl::DeadlineExceededError(message);
  return absl::UnavailableError(message);
}

// The "data" of a successful reply; borrowed from `reply`.
absl::StatusOr<const Json*> DataOf(const Json& reply) {
  if (reply.is_discarded()) return NotUnderstood("it is no JSON");
  const std::string status = Text(Find(reply, "status"));
  if (status == "error") return ErrorOf(reply);
  if (status != "success") return NotUnderstood("no \"status\" of success or error");
  const Json* data = Find(reply, "data");
  if (data == nullptr) return NotUnderstood("no \"data\"");
  return data;
}

absl::StatusOr<Sample> ParseSample(const Json& item) {
  const Json* metric = Find(item, "metric");
  const Json* value = Find(item, "value");
  if (metric == nullptr || !metric->is_object()) return NotUnderstood("a sample has no \"metric\"");
  if (value == nullptr || !value->is_array() || value->size() != 2 || !(*value)[1].is_string()) {
    return NotUnderstood("a sample's \"value\" is not [time, \"number\"]");
  }
  Sample sample;
  // SimpleAtod reads Prometheus's NaN, +Inf and -Inf as well.
  const std::string number = (*value)[1].get<std::string>();
  if (!absl::SimpleAtod(number, &sample.value)) {
    return NotUnderstood(absl::StrCat("\"", Shown(number), "\" is no number"));
  }
  for (const auto& [name, label] : metric->items()) {
    if (!label.is_string())
      return NotUnderstood(absl::StrCat("label ", Shown(name), " is no text"));
    sample.labels.emplace(name, label.get<std::string>());
  }
  return sample;
}

Json Parse(absl::string_view json) {
  return Json::parse(json.begin(), json.end(), /*cb=*/nullptr, /*allow_exceptions=*/false);
}

}  // namespace

const std::string& Sample::Label(const std::string& name) const {
  static const std::string* const kAbsent = new std::string();
  const auto it = labels.find(name);
  return it == labels.end() ? *kAbsent : it->second;
}

absl::StatusOr<Vector> ParseQueryReply(absl::string_view json) {
  const Json reply = Parse(json);
  GOSSAMER_ASSIGN_OR_RETURN(const Json* data, DataOf(reply));
  if (Text(Find(*data, "resultType")) != "vector") return NotUnderstood("no instant vector");
  const Json* result = Find(*data, "result");
  if (result == nullptr || !result->is_array()) return NotUnderstood("\"result\" is no list");
  Vector vector;
  vector.reserve(result->size());
  for (const Json& item : *result) {
    GOSSAMER_ASSIGN_OR_RETURN(Sample sample, ParseSample(item));
    vector.push_back(std::move(sample));
  }
  return vector;
}

absl::StatusOr<std::string> ParseScrapeInterval(absl::string_view json) {
  const Json reply = Parse(json);
  GOSSAMER_ASSIGN_OR_RETURN(const Json* data, DataOf(reply));
  // Prometheus prints its configuration itself: "global:" and two spaces of indent. A YAML parser
  // would add a dependency for one line.
  const std::string yaml = Text(Find(*data, "yaml"));
  bool in_global = false;
  for (absl::string_view line : absl::StrSplit(yaml, '\n')) {
    if (!line.empty() && line[0] != ' ') in_global = absl::StartsWith(line, "global:");
    if (!in_global) continue;
    absl::string_view rest = absl::StripLeadingAsciiWhitespace(line);
    if (absl::ConsumePrefix(&rest, "scrape_interval:")) {
      return std::string(absl::StripAsciiWhitespace(rest));
    }
  }
  return absl::NotFoundError("Prometheus's configuration names no global scrape_interval");
}

}  // namespace gossamer::prom
