#include "lib/k8s/field_reader.h"

#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace gossamer::k8s {
namespace {

constexpr size_t kShownValueMax = 64;

// The path from `from` to `target`: ".spec.ports[0]". Searched only once something is wrong, so
// that reading a good object costs nothing for it.
bool FindPath(const Value& from, const Value* target, std::string* path) {
  if (&from == target) return true;
  const size_t length = path->size();
  for (size_t i = 0; i < from.items.size(); ++i) {
    if (from.type == Value::Type::kList) {
      absl::StrAppend(path, "[", i, "]");
    } else {
      absl::StrAppend(path, path->empty() ? "" : ".", from.items[i].name);
    }
    if (FindPath(from.items[i], target, path)) return true;
    path->resize(length);
  }
  return false;
}

std::string Shown(const Value& value) {
  switch (value.type) {
    case Value::Type::kNull:
      return "nothing";
    case Value::Type::kList:
      return "a list";
    case Value::Type::kMap:
      return "a map";
    case Value::Type::kScalar:
      break;
  }
  if (value.scalar.size() <= kShownValueMax) return absl::StrCat("\"", value.scalar, "\"");
  return absl::StrCat("\"", value.scalar.substr(0, kShownValueMax), "...\"");
}

}  // namespace

void FieldErrors::Add(const Value* at, absl::string_view below, absl::string_view message) {
  if (errors_.size() >= kMax) return;
  std::string path;
  if (at != nullptr) FindPath(*root_, at, &path);
  if (!below.empty()) absl::StrAppend(&path, path.empty() ? "" : ".", below);
  errors_.push_back({at != nullptr ? at->line : root_->line,
                     path.empty() ? std::string(message) : absl::StrCat(path, ": ", message)});
}

FieldReader FieldReader::operator[](absl::string_view name) const {
  // Below what is absent everything is; a required field there is missed where the gap begins.
  if (value_ == nullptr) return *this;
  if (!CheckType(Value::Type::kMap, "a map of fields")) {
    return FieldReader(nullptr, value_, name, errors_);
  }
  return FieldReader(value_->Find(name), value_, name, errors_);
}

std::string FieldReader::String() const {
  return CheckType(Value::Type::kScalar, "text") ? value_->scalar : "";
}

std::string FieldReader::RequiredString() const {
  std::string text = String();
  if (!present() || (text.empty() && value_->type == Value::Type::kScalar)) Fail("is required");
  return text;
}

std::optional<bool> FieldReader::Bool() const {
  if (!CheckType(Value::Type::kScalar, "true or false")) return std::nullopt;
  if (value_->scalar == "true") return true;
  if (value_->scalar == "false") return false;
  Fail(absl::StrCat("expected true or false, found ", Shown(*value_)));
  return std::nullopt;
}

std::optional<int64_t> FieldReader::Int(int64_t min, int64_t max) const {
  if (!CheckType(Value::Type::kScalar, "a whole number")) return std::nullopt;
  int64_t number = 0;
  if (absl::SimpleAtoi(value_->scalar, &number) && number >= min && number <= max) return number;
  Fail(absl::StrCat("expected a whole number from ", min, " to ", max, ", found ", Shown(*value_)));
  return std::nullopt;
}

std::optional<double> FieldReader::Double() const {
  if (!CheckType(Value::Type::kScalar, "a number")) return std::nullopt;
  double number = 0;
  if (absl::SimpleAtod(value_->scalar, &number) && std::isfinite(number)) return number;
  Fail(absl::StrCat("expected a number, found ", Shown(*value_)));
  return std::nullopt;
}

std::vector<FieldReader> FieldReader::Items() const {
  std::vector<FieldReader> readers;
  if (!CheckType(Value::Type::kList, "a list")) return readers;
  readers.reserve(value_->items.size());
  for (const Value& item : value_->items) {
    if (item.type == Value::Type::kNull) {
      Fail("has an empty item");
      continue;
    }
    readers.push_back(FieldReader(&item, errors_));
  }
  return readers;
}

std::vector<std::string> FieldReader::Strings() const {
  std::vector<std::string> strings;
  for (const FieldReader& item : Items()) strings.push_back(item.String());
  return strings;
}

std::vector<std::pair<std::string, FieldReader>> FieldReader::Members() const {
  std::vector<std::pair<std::string, FieldReader>> readers;
  if (!CheckType(Value::Type::kMap, "a map")) return readers;
  for (const Value& field : value_->items) {
    const Value* value = field.type == Value::Type::kNull ? nullptr : &field;
    readers.emplace_back(field.name, FieldReader(value, value_, field.name, errors_));
  }
  return readers;
}

std::map<std::string, std::string> FieldReader::StringMap() const {
  std::map<std::string, std::string> strings;
  for (const auto& [name, member] : Members()) strings[name] = member.String();
  return strings;
}

bool FieldReader::IsNumber() const {
  int64_t number = 0;
  return value_ != nullptr && value_->type == Value::Type::kScalar &&
         absl::SimpleAtoi(value_->scalar, &number);
}

void FieldReader::Fail(absl::string_view message) const {
  if (value_ != nullptr) {
    errors_->Add(value_, "", message);
  } else {
    errors_->Add(parent_, name_, message);
  }
}

bool FieldReader::CheckType(Value::Type type, absl::string_view expected) const {
  if (value_ == nullptr) return false;
  if (value_->type == type) return true;
  Fail(absl::StrCat("expected ", expected, ", found ", Shown(*value_)));
  return false;
}

}  // namespace gossamer::k8s
