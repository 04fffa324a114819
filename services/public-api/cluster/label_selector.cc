#include "services/public-api/cluster/label_selector.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/status/status_macros.h"

namespace gossamer::public_api {
namespace {

constexpr size_t kTextMax = 4096;

bool IsName(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.' || c == '/';
  });
}

absl::Status Malformed(absl::string_view requirement) {
  return absl::InvalidArgumentError(absl::StrCat(
      "invalid label selector at \"", absl::CHexEscape(requirement),
      "\": expected KEY=VALUE, KEY!=VALUE, KEY in (A,B), KEY notin (A,B), KEY or !KEY"));
}

// Splits at commas that stand outside of parentheses.
std::vector<absl::string_view> SplitRequirements(absl::string_view text) {
  std::vector<absl::string_view> parts;
  size_t start = 0;
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')') --depth;
    if (text[i] == ',' && depth == 0) {
      parts.push_back(text.substr(start, i - start));
      start = i + 1;
    }
  }
  parts.push_back(text.substr(start));
  return parts;
}

}  // namespace

absl::StatusOr<LabelSelector> LabelSelector::Parse(absl::string_view text) {
  if (text.size() > kTextMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("a label selector has more than ", kTextMax, " bytes"));
  }
  LabelSelector selector;
  if (absl::StripAsciiWhitespace(text).empty()) return selector;
  for (const absl::string_view part : SplitRequirements(text)) {
    GOSSAMER_ASSIGN_OR_RETURN(Requirement requirement,
                              ParseRequirement(absl::StripAsciiWhitespace(part)));
    selector.requirements_.push_back(std::move(requirement));
  }
  return selector;
}

absl::StatusOr<LabelSelector::Requirement> LabelSelector::ParseRequirement(absl::string_view text) {
  Requirement requirement;
  absl::string_view key = text;
  if (const size_t paren = text.find('('); paren != absl::string_view::npos) {
    key = absl::StripAsciiWhitespace(text.substr(0, paren));
    absl::string_view values = text.substr(paren + 1);
    if (!absl::ConsumeSuffix(&values, ")")) return Malformed(text);
    if (absl::ConsumeSuffix(&key, " notin")) {
      requirement.op = Operator::kNotIn;
    } else if (absl::ConsumeSuffix(&key, " in")) {
      requirement.op = Operator::kIn;
    } else {
      return Malformed(text);
    }
    for (absl::string_view value : absl::StrSplit(values, ',')) {
      value = absl::StripAsciiWhitespace(value);
      if (!value.empty() && !IsName(value)) return Malformed(text);
      requirement.values.emplace_back(value);
    }
  } else if (const size_t equals = text.find('='); equals != absl::string_view::npos) {
    key = text.substr(0, equals);
    absl::string_view value = text.substr(equals + 1);
    absl::ConsumePrefix(&value, "=");
    requirement.op = absl::ConsumeSuffix(&key, "!") ? Operator::kNotIn : Operator::kIn;
    value = absl::StripAsciiWhitespace(value);
    if (!value.empty() && !IsName(value)) return Malformed(text);
    requirement.values.emplace_back(value);
  } else if (absl::ConsumePrefix(&key, "!")) {
    requirement.op = Operator::kAbsent;
  }
  key = absl::StripAsciiWhitespace(key);
  if (!IsName(key)) return Malformed(text);
  requirement.key = std::string(key);
  return requirement;
}

bool LabelSelector::Matches(const Labels& labels) const {
  return std::all_of(requirements_.begin(), requirements_.end(), [&](const Requirement& r) {
    const auto it = labels.find(r.key);
    const bool present = it != labels.end();
    const bool listed =
        present && std::find(r.values.begin(), r.values.end(), it->second) != r.values.end();
    switch (r.op) {
      case Operator::kIn:
        return listed;
      case Operator::kNotIn:  // As in Kubernetes, an object without the label matches.
        return !listed;
      case Operator::kExists:
        return present;
      case Operator::kAbsent:
        return !present;
    }
    return false;
  });
}

}  // namespace gossamer::public_api
