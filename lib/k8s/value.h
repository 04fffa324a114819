#ifndef LIB_K8S_VALUE_H_
#define LIB_K8S_VALUE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace gossamer::k8s {

// A node of a parsed manifest, YAML or JSON alike, which knows the line it stands on.
//
// A plain value type: it owns its children and is safe to read from any thread.
struct Value {
  enum class Type { kNull, kScalar, kList, kMap };

  Value() = default;
  Value(Type type, int line) : type(type), line(line) {}
  Value(std::string scalar, bool quoted, int line)
      : type(Type::kScalar), line(line), scalar(std::move(scalar)), quoted(quoted) {}

  // The field of a map, or nullptr where there is none, it is null, or this is no map.
  const Value* Find(absl::string_view name) const;

  Type type = Type::kNull;
  int line = 0;  // From 1.
  // The text of a scalar: `8080`, `true` and `"8080"` differ only in `quoted`.
  std::string scalar;
  bool quoted = false;
  std::string name;          // Of the field, in a map.
  std::vector<Value> items;  // Of a list, or the fields of a map in the order of the text.
};

enum class Format { kYaml, kJson };

// What is wrong with a text, and on which line of it.
struct TextError {
  int line = 0;
  std::string message;
};

// The documents of a text: any number in YAML, one in JSON; empty documents are left out. Aliases
// are replaced by what they stand for.
//
// Returns the documents before the first fault, and sets `error` to it. Bounds: kMaxDepth levels,
// kMaxNodes nodes after aliases are replaced, so that a short text cannot fill the memory.
inline constexpr int kMaxDepth = 64;
inline constexpr int kMaxNodes = 4'000'000;
std::vector<Value> ParseDocuments(absl::string_view text, Format format, TextError* error);

}  // namespace gossamer::k8s

#endif  // LIB_K8S_VALUE_H_
