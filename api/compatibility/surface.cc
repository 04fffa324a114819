#include "api/compatibility/surface.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "google/protobuf/descriptor.h"

namespace gossamer::api {
namespace {

using google::protobuf::DescriptorProto;
using google::protobuf::EnumDescriptorProto;
using google::protobuf::FieldDescriptorProto;
using google::protobuf::FileDescriptorProto;
using google::protobuf::ServiceDescriptorProto;

// A reserved range up to this long is written number by number, so that it may grow or be split
// without a break; a longer one ("100 to max") is written as it is.
constexpr int64_t kReservedNumbersMax = 64;

// Without the leading dot that marks a resolved name.
std::string TypeName(absl::string_view name) { return std::string(absl::StripPrefix(name, ".")); }

std::string ScopedName(absl::string_view scope, absl::string_view name) {
  return scope.empty() ? std::string(name) : absl::StrCat(scope, ".", name);
}

std::string TypeOf(const FieldDescriptorProto& field) {
  if (!field.type_name().empty()) return TypeName(field.type_name());
  return google::protobuf::FieldDescriptor::TypeName(
      static_cast<google::protobuf::FieldDescriptor::Type>(field.type()));
}

class SurfaceWriter {
 public:
  void AddFile(const FileDescriptorProto& file) {
    for (const DescriptorProto& message : file.message_type()) AddMessage(file.package(), message);
    for (const EnumDescriptorProto& type : file.enum_type()) AddEnum(file.package(), type);
    for (const ServiceDescriptorProto& service : file.service()) {
      AddService(file.package(), service);
    }
  }

  std::vector<std::string> Take() { return std::move(lines_); }

 private:
  void Add(std::string line) { lines_.push_back(std::move(line)); }

  void AddMessage(absl::string_view scope, const DescriptorProto& message) {
    const std::string name = ScopedName(scope, message.name());
    Add(absl::StrCat("message ", name));
    std::map<std::string, const DescriptorProto*> map_entries;
    for (const DescriptorProto& nested : message.nested_type()) {
      if (nested.options().map_entry()) map_entries[ScopedName(name, nested.name())] = &nested;
    }

    std::map<int, std::string> fields;
    for (const FieldDescriptorProto& field : message.field()) {
      fields[field.number()] = absl::StrCat("field ", name, " ", field.number(), " ", field.name(),
                                            ": ", Describe(message, field, map_entries));
    }
    for (auto& [number, line] : fields) Add(std::move(line));

    for (const DescriptorProto::ReservedRange& range : message.reserved_range()) {
      AddReserved(name, range.start(), range.end() - int64_t{1});
    }
    for (const std::string& reserved : message.reserved_name()) {
      Add(absl::StrCat("reserved ", name, " \"", reserved, "\""));
    }
    for (const EnumDescriptorProto& type : message.enum_type()) AddEnum(name, type);
    for (const DescriptorProto& nested : message.nested_type()) {
      if (!nested.options().map_entry()) AddMessage(name, nested);
    }
  }

  // A field's label, type and oneof.
  static std::string Describe(const DescriptorProto& message, const FieldDescriptorProto& field,
                              const std::map<std::string, const DescriptorProto*>& map_entries) {
    const std::string type = TypeOf(field);
    if (const auto entry = map_entries.find(type); entry != map_entries.end()) {
      return absl::StrCat("map<", TypeOf(entry->second->field(0)), ",",
                          TypeOf(entry->second->field(1)), ">");
    }
    if (field.label() == FieldDescriptorProto::LABEL_REPEATED) {
      return absl::StrCat("repeated ", type);
    }
    // protoc puts each optional field of proto3 into a oneof of its own.
    if (field.proto3_optional()) return absl::StrCat("optional ", type);
    if (field.has_oneof_index()) {
      return absl::StrCat(type, " in oneof ", message.oneof_decl(field.oneof_index()).name());
    }
    return type;
  }

  void AddReserved(absl::string_view owner, int64_t first, int64_t last) {
    if (last - first >= kReservedNumbersMax) {
      Add(absl::StrCat("reserved ", owner, " ", first, "-", last));
      return;
    }
    for (int64_t number = first; number <= last; ++number) {
      Add(absl::StrCat("reserved ", owner, " ", number));
    }
  }

  void AddEnum(absl::string_view scope, const EnumDescriptorProto& type) {
    const std::string name = ScopedName(scope, type.name());
    Add(absl::StrCat("enum ", name));
    for (const auto& value : type.value()) {
      Add(absl::StrCat("value ", name, " ", value.number(), " ", value.name()));
    }
    for (const auto& range : type.reserved_range()) AddReserved(name, range.start(), range.end());
    for (const std::string& reserved : type.reserved_name()) {
      Add(absl::StrCat("reserved ", name, " \"", reserved, "\""));
    }
  }

  void AddService(absl::string_view scope, const ServiceDescriptorProto& service) {
    const std::string name = ScopedName(scope, service.name());
    Add(absl::StrCat("service ", name));
    for (const auto& method : service.method()) {
      Add(absl::StrCat("method ", name, " ", method.name(), ": ",
                       method.client_streaming() ? "stream " : "", TypeName(method.input_type()),
                       " -> ", method.server_streaming() ? "stream " : "",
                       TypeName(method.output_type())));
    }
  }

  std::vector<std::string> lines_;
};

// The part of a line that says what it is about: its kind, its owner and its number or name. Lines
// with equal keys are two states of one thing.
std::string Key(absl::string_view line) {
  const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
  std::vector<absl::string_view> key(words.begin(),
                                     words.begin() + std::min<size_t>(words.size(), 3));
  return std::string(absl::StripSuffix(absl::StrJoin(key, " "), ":"));
}

}  // namespace

Surface Surface::Of(const google::protobuf::FileDescriptorSet& descriptors) {
  std::map<std::string, const FileDescriptorProto*> files;
  for (const FileDescriptorProto& file : descriptors.file()) files[file.name()] = &file;
  SurfaceWriter writer;
  for (const auto& [name, file] : files) writer.AddFile(*file);
  Surface surface;
  surface.lines_ = writer.Take();
  return surface;
}

Surface Surface::FromText(absl::string_view text) {
  Surface surface;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripSuffix(line, "\r");
    if (line.empty() || line.front() == '#') continue;
    surface.lines_.emplace_back(line);
  }
  return surface;
}

std::string Surface::ToText() const { return absl::StrCat(absl::StrJoin(lines_, "\n"), "\n"); }

std::vector<std::string> Surface::BreaksSince(const Surface& before) const {
  std::set<std::string> now(lines_.begin(), lines_.end());
  std::map<std::string, std::string> by_key;
  for (const std::string& line : lines_) by_key.emplace(Key(line), line);

  std::vector<std::string> breaks;
  for (const std::string& line : before.lines_) {
    if (now.count(line) != 0) continue;
    const auto changed = by_key.find(Key(line));
    breaks.push_back(changed == by_key.end()
                         ? absl::StrCat("removed: ", line)
                         : absl::StrCat("changed: ", line, "\n     now: ", changed->second));
  }
  return breaks;
}

std::vector<std::string> Surface::AdditionsSince(const Surface& before) const {
  std::set<std::string> old(before.lines_.begin(), before.lines_.end());
  std::vector<std::string> additions;
  for (const std::string& line : lines_) {
    if (old.count(line) == 0) additions.push_back(line);
  }
  return additions;
}

}  // namespace gossamer::api
