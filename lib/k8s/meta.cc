#include "lib/k8s/meta.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace gossamer::k8s {
namespace {

const std::string* Lookup(const StringMap& map, const std::string& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

bool Holds(const LabelSelector::Requirement& requirement, const StringMap& labels) {
  const std::string* value = Lookup(labels, requirement.key);
  const bool listed =
      value != nullptr && std::find(requirement.values.begin(), requirement.values.end(), *value) !=
                              requirement.values.end();
  switch (requirement.op) {
    case LabelSelector::Operator::kIn:
      return listed;
    case LabelSelector::Operator::kNotIn:
      return !listed;
    case LabelSelector::Operator::kExists:
      return value != nullptr;
    case LabelSelector::Operator::kDoesNotExist:
      return value == nullptr;
  }
  return false;
}

LabelSelector::Operator ReadOperator(const FieldReader& field) {
  const std::string text = field.RequiredString();
  if (text == "In") return LabelSelector::Operator::kIn;
  if (text == "NotIn") return LabelSelector::Operator::kNotIn;
  if (text == "Exists") return LabelSelector::Operator::kExists;
  if (text == "DoesNotExist") return LabelSelector::Operator::kDoesNotExist;
  if (!text.empty()) field.Fail("expected In, NotIn, Exists or DoesNotExist");
  return LabelSelector::Operator::kIn;
}

absl::Time ReadTime(const FieldReader& field) {
  absl::Time time = absl::InfiniteFuture();
  if (!field.present()) return time;
  std::string error;
  const std::string text = field.String();
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    field.Fail(absl::StrCat("expected a time such as 2026-01-02T15:04:05Z, found \"", text, "\""));
    return absl::InfiniteFuture();
  }
  return time;
}

}  // namespace

std::string ObjectKey::ToString() const {
  return absl::StrCat(kind, " ", namespace_name, namespace_name.empty() ? "" : "/", name);
}

const std::string* ObjectMeta::Annotation(const std::string& key) const {
  return Lookup(annotations, key);
}

const std::string* ObjectMeta::Label(const std::string& key) const { return Lookup(labels, key); }

bool LabelSelector::Matches(const StringMap& labels) const {
  for (const auto& [key, expected] : match_labels) {
    const std::string* value = Lookup(labels, key);
    if (value == nullptr || *value != expected) return false;
  }
  return std::all_of(match_expressions.begin(), match_expressions.end(),
                     [&](const Requirement& requirement) { return Holds(requirement, labels); });
}

ObjectMeta ReadMeta(const FieldReader& metadata, bool namespaced) {
  ObjectMeta meta;
  meta.name = metadata["name"].RequiredString();
  if (namespaced) {
    meta.namespace_name = metadata["namespace"].String();
    if (meta.namespace_name.empty()) meta.namespace_name = "default";
  }
  meta.labels = metadata["labels"].StringMap();
  meta.annotations = metadata["annotations"].StringMap();
  meta.created = ReadTime(metadata["creationTimestamp"]);
  meta.deleting = metadata["deletionTimestamp"].present();
  for (const FieldReader& owner : metadata["ownerReferences"].Items()) {
    meta.owners.push_back({owner["kind"].String(), owner["name"].String()});
  }
  return meta;
}

LabelSelector ReadLabelSelector(const FieldReader& selector) {
  LabelSelector result;
  result.match_labels = selector["matchLabels"].StringMap();
  for (const FieldReader& expression : selector["matchExpressions"].Items()) {
    result.match_expressions.push_back({expression["key"].RequiredString(),
                                        ReadOperator(expression["operator"]),
                                        expression["values"].Strings()});
  }
  return result;
}

PortRef ReadPortRef(const FieldReader& port) {
  PortRef ref;
  if (!port.present()) return ref;
  if (port.IsNumber()) {
    ref.number = ReadPort(port);
  } else {
    ref.name = port.RequiredString();
  }
  return ref;
}

ObjectRef ReadObjectRef(const FieldReader& ref) {
  return {ref["group"].String(), ref["kind"].String(), ref["name"].String(),
          ref["namespace"].String()};
}

int ReadPort(const FieldReader& port) { return static_cast<int>(port.Int(1, 65535).value_or(0)); }

}  // namespace gossamer::k8s
