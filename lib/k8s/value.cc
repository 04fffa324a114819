#include "lib/k8s/value.h"

#include <cstdint>
#include <exception>
#include <istream>
#include <iterator>
#include <map>
#include <sstream>
#include <stdexcept>
#include <unordered_set>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "yaml-cpp/eventhandler.h"
#include "yaml-cpp/exceptions.h"
#include "yaml-cpp/mark.h"
#include "yaml-cpp/parser.h"

namespace gossamer::k8s {
namespace {

// Puts a tree together from the events of either parser. Add() and Close() return false once a
// bound is passed or a field comes twice; error() says which.
class TreeBuilder {
 public:
  bool Add(Value value) {
    if (++nodes_ > kMaxNodes) return Fail(value.line, "has too many values");
    const bool opens = value.type == Value::Type::kList || value.type == Value::Type::kMap;
    if (opens && open_.size() >= kMaxDepth) return Fail(value.line, "is nested too deeply");
    if (!open_.empty() && open_.back().value.type == Value::Type::kMap && !open_.back().has_key) {
      // A map's key arrives as a value of its own.
      if (value.type != Value::Type::kScalar) {
        return Fail(value.line, "has a field whose name is not text");
      }
      open_.back().key = std::move(value.scalar);
      open_.back().has_key = true;
      return true;
    }
    if (opens) {
      open_.push_back(Open{std::move(value), {}, false});
      return true;
    }
    return Attach(std::move(value));
  }

  // Counts the nodes of a subtree that is added as a whole.
  bool Charge(const Value& value) {
    if (++nodes_ > kMaxNodes) return Fail(value.line, "has too many values");
    for (const Value& item : value.items) {
      if (!Charge(item)) return false;
    }
    return true;
  }

  bool AddTree(Value value) {
    if (!Charge(value)) return false;
    if (!open_.empty() && open_.back().value.type == Value::Type::kMap && !open_.back().has_key) {
      return Fail(value.line, "has a field whose name is an alias");
    }
    if (Depth(value) + static_cast<int>(open_.size()) > kMaxDepth) {
      return Fail(value.line, "is nested too deeply");
    }
    return Attach(std::move(value));
  }

  // The tree closed last, for the caller that wants to remember it under an anchor.
  bool Close(Value* closed) {
    if (open_.empty()) return Fail(0, "closes what was not opened");
    Value value = std::move(open_.back().value);
    open_.pop_back();
    if (!CheckNames(value)) return false;
    if (closed != nullptr) *closed = value;
    return Attach(std::move(value));
  }

  std::vector<Value> Take() { return std::move(documents_); }
  const TextError& error() const { return error_; }
  bool Fail(int line, absl::string_view message) {
    if (error_.message.empty()) error_ = {line, std::string(message)};
    return false;
  }

 private:
  struct Open {
    Value value;
    std::string key;
    bool has_key;
  };

  static int Depth(const Value& value) {
    int deepest = 0;
    for (const Value& item : value.items) deepest = std::max(deepest, Depth(item));
    return value.type == Value::Type::kScalar || value.type == Value::Type::kNull ? 0 : deepest + 1;
  }

  bool CheckNames(const Value& value) {
    if (value.type != Value::Type::kMap) return true;
    std::unordered_set<std::string> seen;
    for (const Value& field : value.items) {
      if (!seen.insert(field.name).second) {
        return Fail(field.line, absl::StrCat("has the field ", field.name, " twice"));
      }
    }
    return true;
  }

  bool Attach(Value value) {
    if (open_.empty()) {
      if (value.type != Value::Type::kNull) documents_.push_back(std::move(value));
      return true;
    }
    Open& parent = open_.back();
    if (parent.value.type == Value::Type::kMap) {
      value.name = std::move(parent.key);
      parent.key.clear();
      parent.has_key = false;
    }
    parent.value.items.push_back(std::move(value));
    return true;
  }

  std::vector<Open> open_;
  std::vector<Value> documents_;
  int nodes_ = 0;
  TextError error_;
};

// Thrown through yaml-cpp, which knows no other way to be stopped, and caught in ParseYaml.
struct Stop : std::exception {};

class YamlEvents : public YAML::EventHandler {
 public:
  explicit YamlEvents(TreeBuilder* builder) : builder_(builder) {}

  void OnDocumentStart(const YAML::Mark&) override { anchors_.clear(); }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Leaf(anchor, Value(Value::Type::kNull, mark.line + 1));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      builder_->Fail(mark.line + 1, "has an alias inside what it stands for");
      throw Stop();
    }
    Value copy = found->second;
    copy.line = mark.line + 1;
    if (!builder_->AddTree(std::move(copy))) throw Stop();
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Leaf(anchor, Value(value, tag == "!", mark.line + 1));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Start(anchor, Value(Value::Type::kList, mark.line + 1));
  }
  void OnSequenceEnd() override { End(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Start(anchor, Value(Value::Type::kMap, mark.line + 1));
  }
  void OnMapEnd() override { End(); }

 private:
  void Leaf(YAML::anchor_t anchor, Value value) {
    // A plain `~` or `null` is null, a quoted one is text.
    if (!value.quoted && (value.scalar == "~" || value.scalar == "null")) {
      value.type = Value::Type::kNull;
    }
    if (anchor != 0) Remember(anchor, value);
    if (!builder_->Add(std::move(value))) throw Stop();
  }
  void Start(YAML::anchor_t anchor, Value value) {
    opened_.push_back(anchor);
    if (!builder_->Add(std::move(value))) throw Stop();
  }
  void End() {
    const YAML::anchor_t anchor = opened_.back();
    opened_.pop_back();
    Value closed;
    if (!builder_->Close(anchor != 0 ? &closed : nullptr)) throw Stop();
    if (anchor != 0) Remember(anchor, closed);
  }
  void Remember(YAML::anchor_t anchor, const Value& value) {
    // What an anchor keeps is a copy, so it counts as well.
    if (!builder_->Charge(value)) throw Stop();
    anchors_[anchor] = value;
  }

  TreeBuilder* builder_;
  std::map<YAML::anchor_t, Value> anchors_;
  std::vector<YAML::anchor_t> opened_;
};

std::vector<Value> ParseYaml(absl::string_view text, TextError* error) {
  TreeBuilder builder;
  YamlEvents events(&builder);
  std::istringstream stream{std::string(text)};
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(events)) {
    }
  } catch (const Stop&) {
    // The builder knows why.
  } catch (const YAML::Exception& e) {
    builder.Fail(e.mark.line + 1, absl::StrCat("is not YAML: ", e.msg));
  } catch (const std::exception& e) {
    builder.Fail(0, absl::StrCat("is not YAML: ", e.what()));
  }
  *error = builder.error();
  return builder.Take();
}

// Reads characters and counts lines on the way: nlohmann's events do not say where they are.
class LineCounter {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  LineCounter(const char* at, int* line) : at_(at), line_(line) {}
  reference operator*() const { return *at_; }
  LineCounter& operator++() {
    if (*at_ == '\n') ++*line_;
    ++at_;
    return *this;
  }
  LineCounter operator++(int) {
    LineCounter before = *this;
    ++*this;
    return before;
  }
  bool operator==(const LineCounter& other) const { return at_ == other.at_; }
  bool operator!=(const LineCounter& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  int* line_;
};

class JsonEvents : public nlohmann::json_sax<nlohmann::json> {
 public:
  JsonEvents(TreeBuilder* builder, const int* line) : builder_(builder), line_(line) {}

  bool null() override { return builder_->Add(Value(Value::Type::kNull, *line_)); }
  bool boolean(bool value) override { return Plain(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return Plain(absl::StrCat(value)); }
  bool number_unsigned(number_unsigned_t value) override { return Plain(absl::StrCat(value)); }
  bool number_float(number_float_t, const string_t& text) override { return Plain(text); }
  bool string(string_t& value) override { return Text(std::move(value)); }
  bool binary(binary_t&) override { return builder_->Fail(*line_, "has binary data"); }
  bool key(string_t& value) override { return Text(std::move(value)); }
  bool start_object(std::size_t) override {
    return builder_->Add(Value(Value::Type::kMap, *line_));
  }
  bool end_object() override { return builder_->Close(nullptr); }
  bool start_array(std::size_t) override {
    return builder_->Add(Value(Value::Type::kList, *line_));
  }
  bool end_array() override { return builder_->Close(nullptr); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& e) override {
    return builder_->Fail(*line_, absl::StrCat("is not JSON: ", e.what()));
  }

 private:
  bool Plain(std::string text) { return builder_->Add(Value(std::move(text), false, *line_)); }
  bool Text(std::string text) { return builder_->Add(Value(std::move(text), true, *line_)); }

  TreeBuilder* builder_;
  const int* line_;
};

std::vector<Value> ParseJson(absl::string_view text, TextError* error) {
  TreeBuilder builder;
  int line = 1;
  JsonEvents events(&builder, &line);
  try {
    nlohmann::json::sax_parse(LineCounter(text.data(), &line),
                              LineCounter(text.data() + text.size(), &line), &events);
  } catch (const std::exception& e) {
    builder.Fail(line, absl::StrCat("is not JSON: ", e.what()));
  }
  *error = builder.error();
  return builder.Take();
}

}  // namespace

const Value* Value::Find(absl::string_view name) const {
  if (type != Type::kMap) return nullptr;
  for (const Value& field : items) {
    if (field.name == name) return field.type == Type::kNull ? nullptr : &field;
  }
  return nullptr;
}

std::vector<Value> ParseDocuments(absl::string_view text, Format format, TextError* error) {
  return format == Format::kYaml ? ParseYaml(text, error) : ParseJson(text, error);
}

}  // namespace gossamer::k8s
