#include "cli/output/check_output.h"

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace gossamer::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string Symbol(CheckOutcome outcome, const Console& console) {
  switch (outcome) {
    case CheckOutcome::kSuccess:
      return Colored(console, Color::kGreen, "√");
    case CheckOutcome::kWarning:
      return Colored(console, Color::kYellow, "‼");
    case CheckOutcome::kError:
      return Colored(console, Color::kRed, "×");
  }
  return "";
}

const char* Word(CheckOutcome outcome) {
  switch (outcome) {
    case CheckOutcome::kSuccess:
      return "success";
    case CheckOutcome::kWarning:
      return "warning";
    case CheckOutcome::kError:
      return "error";
  }
  return "";
}

}  // namespace

bool AllPassed(const std::vector<CheckCategory>& categories) {
  for (const CheckCategory& category : categories) {
    for (const CheckResult& check : category.checks) {
      if (check.outcome == CheckOutcome::kError) return false;
    }
  }
  return true;
}

std::string CheckText(const CheckCategory& category, bool only_failures, const Console& console) {
  std::string lines;
  for (const CheckResult& check : category.checks) {
    if (only_failures && check.outcome == CheckOutcome::kSuccess) continue;
    absl::StrAppend(&lines, Symbol(check.outcome, console), " ", check.description, "\n");
    if (check.outcome == CheckOutcome::kSuccess) continue;
    absl::StrAppend(&lines, "    ", check.error, "\n    see ", check.hint, " for hints\n");
  }
  if (lines.empty()) return "";
  return absl::StrCat(category.name, "\n", std::string(category.name.size(), '-'), "\n", lines,
                      "\n");
}

std::string CheckVerdict(bool passed, const Console& console) {
  return absl::StrCat("Status check results are ",
                      Symbol(passed ? CheckOutcome::kSuccess : CheckOutcome::kError, console),
                      "\n");
}

std::string CheckJson(const std::vector<CheckCategory>& categories) {
  Json json;
  json["success"] = AllPassed(categories);
  json["categories"] = Json::array();
  for (const CheckCategory& category : categories) {
    Json checks = Json::array();
    for (const CheckResult& check : category.checks) {
      Json one;
      one["description"] = check.description;
      if (check.outcome != CheckOutcome::kSuccess) {
        one["hint"] = check.hint;
        one["error"] = check.error;
      }
      one["result"] = Word(check.outcome);
      checks.push_back(std::move(one));
    }
    json["categories"].push_back({{"categoryName", category.name}, {"checks", std::move(checks)}});
  }
  return json.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n";
}

}  // namespace gossamer::cli
