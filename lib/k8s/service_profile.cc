#include "lib/k8s/service_profile.h"

#include <limits>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace gossamer::k8s {
namespace {

constexpr int64_t kMilliWeightMax = 4'000'000;  // A weight on the wire is 32 bits of 10000 each.

using RequestMatch = ServiceProfile::RequestMatch;
using ResponseMatch = ServiceProfile::ResponseMatch;

std::optional<absl::Duration> ReadDuration(const FieldReader& field) {
  if (!field.present()) return std::nullopt;
  absl::Duration duration;
  const std::string text = field.String();
  if (absl::ParseDuration(text, &duration) && duration >= absl::ZeroDuration() &&
      duration != absl::InfiniteDuration()) {
    return duration;
  }
  field.Fail(absl::StrCat("expected a time such as 300ms or 1m30s, found \"", text, "\""));
  return std::nullopt;
}

// Reads all, any and not, which both kinds of condition have.
template <typename Match>
void ReadCombinators(const FieldReader& field, Match (*read)(const FieldReader&), Match* match) {
  const auto read_list = [&](const char* name) -> std::optional<std::vector<Match>> {
    if (!field[name].present()) return std::nullopt;
    std::vector<Match> list;
    for (const FieldReader& item : field[name].Items()) list.push_back(read(item));
    return list;
  };
  match->all = read_list("all");
  match->any = read_list("any");
  if (field["not"].present()) match->negated.push_back(read(field["not"]));
}

RequestMatch ReadRequestMatch(const FieldReader& field) {
  RequestMatch match;
  if (field["pathRegex"].present()) match.path_regex = field["pathRegex"].String();
  if (field["method"].present()) match.method = field["method"].String();
  ReadCombinators(field, ReadRequestMatch, &match);
  if (!match.path_regex && !match.method && !match.all && !match.any && match.negated.empty()) {
    field.Fail("needs one of pathRegex, method, all, any and not");
  }
  return match;
}

ResponseMatch ReadResponseMatch(const FieldReader& field) {
  ResponseMatch match;
  const FieldReader status = field["status"];
  if (status.present()) {
    match.status = {static_cast<int>(status["min"].Int(0, 999).value_or(0)),
                    static_cast<int>(status["max"].Int(0, 999).value_or(0))};
  }
  ReadCombinators(field, ReadResponseMatch, &match);
  if (!match.status && !match.all && !match.any && match.negated.empty()) {
    field.Fail("needs one of status, all, any and not");
  }
  return match;
}

ServiceProfile::Route ReadRoute(const FieldReader& field) {
  ServiceProfile::Route route;
  route.name = field["name"].RequiredString();
  route.condition = ReadRequestMatch(field["condition"]);
  for (const FieldReader& item : field["responseClasses"].Items()) {
    route.response_classes.push_back(
        {ReadResponseMatch(item["condition"]), item["isFailure"].Bool().value_or(false)});
  }
  route.is_retryable = field["isRetryable"].Bool().value_or(false);
  route.timeout = ReadDuration(field["timeout"]);
  return route;
}

// A Kubernetes quantity of small size: "1", "0.5", "500m", "2k".
int64_t ReadMilliQuantity(const FieldReader& field) {
  const std::string text = field.String();
  absl::string_view digits = text;
  double scale = 1000;
  if (absl::ConsumeSuffix(&digits, "m")) {
    scale = 1;
  } else if (absl::ConsumeSuffix(&digits, "k")) {
    scale = 1'000'000;
  }
  double number = 0;
  if (absl::SimpleAtod(digits, &number) && number >= 0 && number * scale <= kMilliWeightMax) {
    return static_cast<int64_t>(number * scale + 0.5);
  }
  field.Fail(absl::StrCat("expected a weight such as 1 or 500m, found \"", text, "\""));
  return 0;
}

ServiceProfile::RetryBudget ReadBudget(const FieldReader& field) {
  ServiceProfile::RetryBudget budget;
  budget.retry_ratio = field["retryRatio"].Double().value_or(0);
  budget.min_retries_per_second = static_cast<uint32_t>(
      field["minRetriesPerSecond"].Int(0, std::numeric_limits<int32_t>::max()).value_or(0));
  if (!field["ttl"].present()) field["ttl"].Fail("is required");
  budget.ttl = ReadDuration(field["ttl"]).value_or(absl::ZeroDuration());
  return budget;
}

}  // namespace

ServiceProfile ServiceProfile::Read(const FieldReader& root) {
  ServiceProfile profile;
  profile.meta = ReadMeta(root["metadata"], kNamespaced);
  const FieldReader spec = root["spec"];
  for (const FieldReader& route : spec["routes"].Items()) {
    profile.routes.push_back(ReadRoute(route));
  }
  if (spec["retryBudget"].present()) profile.retry_budget = ReadBudget(spec["retryBudget"]);
  for (const FieldReader& item : spec["dstOverrides"].Items()) {
    profile.dst_overrides.push_back(
        {item["authority"].RequiredString(), ReadMilliQuantity(item["weight"])});
  }
  profile.opaque_ports = spec["opaquePorts"].Strings();
  return profile;
}

}  // namespace gossamer::k8s
