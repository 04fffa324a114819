#ifndef LIB_CONFIG_OPTION_TABLE_H_
#define LIB_CONFIG_OPTION_TABLE_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "lib/config/env_reader.h"
#include "lib/config/faults.h"
#include "lib/config/values.h"

namespace gossamer::config {

// What the documentation says of one variable.
struct OptionDoc {
  std::string name;
  // The syntax, in the words of docs/CONFIG.md: "duration", "port set", ...
  std::string type;
  // The text that stands in for an unset variable; empty for none.
  std::string default_value;
  std::string doc;
};

struct OptionGroupDoc {
  std::string title;
  std::vector<OptionDoc> options;
};

// `--help` text: a variable a paragraph, at most 100 columns.
std::string RenderHelp(const std::vector<OptionGroupDoc>& groups);
// A Markdown table a group.
std::string RenderMarkdown(const std::vector<OptionGroupDoc>& groups);

// One variable of a configuration `C`.
template <typename C>
struct Option {
  OptionDoc doc;
  // Puts a value into the configuration. Absent for a variable that is accepted and has no effect.
  std::function<absl::Status(absl::string_view value, C* config)> apply;
};

template <typename C>
struct OptionGroup {
  std::string title;
  std::vector<Option<C>> options;
};

// The usual `apply`: parses the value by the type of the field that `field` (a function from C& to
// a reference) leads to.
template <typename C, typename Field>
std::function<absl::Status(absl::string_view, C*)> Into(Field field) {
  return [field](absl::string_view value, C* config) { return ParseValue(value, &field(*config)); };
}

// Applies every option to `config`: the variable where it is set, else the default. Each fault
// names the variable. Pure.
template <typename C>
void ApplyOptions(const std::vector<OptionGroup<C>>& groups, const EnvReader& env, C* config,
                  Faults* faults);

template <typename C>
std::vector<OptionGroupDoc> DocsOf(const std::vector<OptionGroup<C>>& groups) {
  std::vector<OptionGroupDoc> docs;
  for (const OptionGroup<C>& group : groups) {
    OptionGroupDoc& doc = docs.emplace_back(OptionGroupDoc{group.title, {}});
    for (const Option<C>& option : group.options) doc.options.push_back(option.doc);
  }
  return docs;
}

// The text to parse for `doc`, or nothing; adds a fault and gives nothing where it is no text.
std::optional<absl::string_view> TextFor(const OptionDoc& doc, const EnvReader& env,
                                         Faults* faults);

template <typename C>
void ApplyOptions(const std::vector<OptionGroup<C>>& groups, const EnvReader& env, C* config,
                  Faults* faults) {
  for (const OptionGroup<C>& group : groups) {
    for (const Option<C>& option : group.options) {
      const std::optional<absl::string_view> text = TextFor(option.doc, env, faults);
      if (!text || !option.apply) continue;
      const absl::Status status = option.apply(*text, config);
      if (!status.ok()) faults->AddValue(option.doc.name, *text, status.message());
    }
  }
}

}  // namespace gossamer::config

#endif  // LIB_CONFIG_OPTION_TABLE_H_
