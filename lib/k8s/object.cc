#include "lib/k8s/object.h"

#include <cstddef>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace gossamer::k8s {
namespace {

constexpr size_t kErrorsMax = 20;  // Of one manifest; enough to mend it.

template <typename Kind>
Object ReadAs(const FieldReader& root) {
  Kind kind = Kind::Read(root);
  ObjectKey key{std::string(Kind::kGroup), std::string(Kind::kKind), kind.meta.namespace_name,
                kind.meta.name};
  return {std::move(key), std::make_shared<const Resource>(std::move(kind))};
}

struct KindEntry {
  absl::string_view group;
  absl::string_view kind;
  Object (*read)(const FieldReader&);
};

template <typename Variant>
struct KindTable;
template <typename... Kinds>
struct KindTable<std::variant<Kinds...>> {
  static constexpr KindEntry kEntries[] = {{Kinds::kGroup, Kinds::kKind, &ReadAs<Kinds>}...};
};

const KindEntry* FindKind(absl::string_view group, absl::string_view kind) {
  for (const KindEntry& entry : KindTable<Resource>::kEntries) {
    if (entry.group == group && entry.kind == kind) return &entry;
  }
  return nullptr;
}

// The group of "group/version"; the core group has none.
absl::string_view GroupOf(absl::string_view api_version) {
  const size_t slash = api_version.find('/');
  return slash == absl::string_view::npos ? absl::string_view() : api_version.substr(0, slash);
}

std::string TextOf(const Value* value) {
  return value != nullptr && value->type == Value::Type::kScalar ? value->scalar : "";
}

// Names an object for an error, as far as it can be named.
std::string Describe(absl::string_view kind, const Value& document) {
  const Value* metadata = document.Find("metadata");
  if (metadata == nullptr) return std::string(kind);
  const std::string namespace_name = TextOf(metadata->Find("namespace"));
  const std::string name = TextOf(metadata->Find("name"));
  return absl::StrCat(kind, " ", namespace_name, namespace_name.empty() ? "" : "/",
                      name.empty() ? "(no name)" : name);
}

void AddError(Manifest* manifest, int line, std::string message) {
  if (manifest->errors.size() < kErrorsMax) {
    manifest->errors.push_back({line, std::move(message)});
  }
}

void ReadObject(const KindEntry& entry, const Value& document, Manifest* manifest) {
  FieldErrors errors(&document);
  Object object = entry.read(FieldReader(&document, &errors));
  for (const TextError& error : errors.all()) {
    AddError(manifest, error.line,
             absl::StrCat(Describe(entry.kind, document), ": ", error.message));
  }
  if (errors.all().empty()) manifest->objects.push_back(std::move(object));
}

void ReadDocument(const Value& document, Manifest* manifest) {
  if (document.type != Value::Type::kMap) {
    return AddError(manifest, document.line, "is not an object: it has no fields");
  }
  const std::string kind = TextOf(document.Find("kind"));
  const std::string api_version = TextOf(document.Find("apiVersion"));
  if (kind.empty() || api_version.empty()) {
    return AddError(manifest, document.line, "is not an object: apiVersion and kind are required");
  }
  const Value* items = document.Find("items");
  if (absl::EndsWith(kind, "List") && items != nullptr && items->type == Value::Type::kList) {
    for (const Value& item : items->items) ReadDocument(item, manifest);
    return;
  }
  const KindEntry* entry = FindKind(GroupOf(api_version), kind);
  if (entry == nullptr) {
    ++manifest->ignored;
    return;
  }
  ReadObject(*entry, document, manifest);
}

}  // namespace

Manifest ParseManifest(absl::string_view text, Format format) {
  Manifest manifest;
  TextError error;
  for (const Value& document : ParseDocuments(text, format, &error)) {
    ReadDocument(document, &manifest);
  }
  if (!error.message.empty()) AddError(&manifest, error.line, error.message);
  return manifest;
}

}  // namespace gossamer::k8s
