#ifndef LIB_K8S_FIELD_READER_H_
#define LIB_K8S_FIELD_READER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/k8s/value.h"

namespace gossamer::k8s {

// The faults of one object, each with its line and the path of the field. Bounded by kMax; what
// comes after is dropped, since the object is refused anyway.
class FieldErrors {
 public:
  static constexpr size_t kMax = 10;

  explicit FieldErrors(const Value* root) : root_(root) {}
  void Add(const Value* at, absl::string_view below, absl::string_view message);
  const std::vector<TextError>& all() const { return errors_; }

 private:
  const Value* root_;
  std::vector<TextError> errors_;
};

// Reads the fields of an object by name and type. A field that is absent reads as the type's zero
// value; one of the wrong type does too and leaves an error. Reading never fails otherwise, so the
// code of a kind is a plain list of its fields.
//
// Borrows the tree and the errors, which must outlive it. Cheap to copy.
class FieldReader {
 public:
  FieldReader(const Value* value, FieldErrors* errors) : value_(value), errors_(errors) {}

  // The field of that name; absent where this one is. An error where this is no map.
  FieldReader operator[](absl::string_view name) const;
  bool present() const { return value_ != nullptr; }

  std::string String() const;
  // As String(), with an error where it is absent or empty.
  std::string RequiredString() const;
  std::optional<bool> Bool() const;
  std::optional<int64_t> Int(int64_t min, int64_t max) const;
  std::optional<double> Double() const;
  std::vector<FieldReader> Items() const;
  std::vector<std::string> Strings() const;
  std::vector<std::pair<std::string, FieldReader>> Members() const;
  std::map<std::string, std::string> StringMap() const;
  // Whether the value is a plain whole number, where both a number and a name may stand.
  bool IsNumber() const;

  // Refuses the object because of this field.
  void Fail(absl::string_view message) const;

 private:
  FieldReader(const Value* value, const Value* parent, absl::string_view name, FieldErrors* errors)
      : value_(value), parent_(parent), name_(name), errors_(errors) {}
  bool CheckType(Value::Type type, absl::string_view expected) const;

  const Value* value_;
  // Where an absent field would stand.
  const Value* parent_ = nullptr;
  absl::string_view name_;
  FieldErrors* errors_;
};

}  // namespace gossamer::k8s

#endif  // LIB_K8S_FIELD_READER_H_
