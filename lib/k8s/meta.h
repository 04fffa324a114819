#ifndef LIB_K8S_META_H_
#define LIB_K8S_META_H_

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "absl/time/time.h"
#include "lib/k8s/field_reader.h"

namespace gossamer::k8s {

using StringMap = std::map<std::string, std::string>;

// Names one object of the cluster. Versions of a group are one: they share a shape.
struct ObjectKey {
  std::string group;  // "" is the core group.
  std::string kind;
  std::string namespace_name;  // "" where the kind has none.
  std::string name;

  bool operator==(const ObjectKey&) const = default;
  bool operator<(const ObjectKey& other) const {
    return std::tie(kind, namespace_name, name, group) <
           std::tie(other.kind, other.namespace_name, other.name, other.group);
  }
  // "Service demo/web".
  std::string ToString() const;
};

struct OwnerReference {
  std::string kind;
  std::string name;
  bool operator==(const OwnerReference&) const = default;
};

struct ObjectMeta {
  std::string name;
  std::string namespace_name;
  StringMap labels;
  StringMap annotations;
  // InfiniteFuture where it is not known, so that it sorts last.
  absl::Time created = absl::InfiniteFuture();
  bool deleting = false;
  std::vector<OwnerReference> owners;

  // The value of an annotation or label, or nullptr.
  const std::string* Annotation(const std::string& key) const;
  const std::string* Label(const std::string& key) const;
  bool operator==(const ObjectMeta&) const = default;
};

// Chooses objects by their labels.
struct LabelSelector {
  enum class Operator { kIn, kNotIn, kExists, kDoesNotExist };
  struct Requirement {
    std::string key;
    Operator op = Operator::kIn;
    std::vector<std::string> values;
    bool operator==(const Requirement&) const = default;
  };

  StringMap match_labels;
  std::vector<Requirement> match_expressions;

  // True where each requirement holds: an empty selector takes everything.
  bool Matches(const StringMap& labels) const;
  bool operator==(const LabelSelector&) const = default;
};

// A port by number, or by name where the number is 0.
struct PortRef {
  int number = 0;
  std::string name;
  bool operator==(const PortRef&) const = default;
};

// Names another object, as targetRef, parentRef and the like do.
struct ObjectRef {
  std::string group;
  std::string kind;
  std::string name;
  std::string namespace_name;  // "" is the referring object's.
  bool operator==(const ObjectRef&) const = default;
};

ObjectMeta ReadMeta(const FieldReader& metadata, bool namespaced);
LabelSelector ReadLabelSelector(const FieldReader& selector);
PortRef ReadPortRef(const FieldReader& port);
ObjectRef ReadObjectRef(const FieldReader& ref);
// A port number, 0 where it is absent.
int ReadPort(const FieldReader& port);

}  // namespace gossamer::k8s

#endif  // LIB_K8S_META_H_
