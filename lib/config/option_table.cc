#include "lib/config/option_table.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "lib/text/utf8.h"

namespace gossamer::config {
namespace {

// Breaks `text` into lines of at most 100 columns, each after `indent`.
void AppendWrapped(absl::string_view text, absl::string_view indent, std::string* out) {
  constexpr size_t kColumnsMax = 100;
  std::string line;
  for (absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    if (!line.empty() && indent.size() + line.size() + 1 + word.size() > kColumnsMax) {
      absl::StrAppend(out, indent, line, "\n");
      line.clear();
    }
    absl::StrAppend(&line, line.empty() ? "" : " ", word);
  }
  if (!line.empty()) absl::StrAppend(out, indent, line, "\n");
}

std::string Cell(absl::string_view text) { return absl::StrReplaceAll(text, {{"|", "\\|"}}); }

}  // namespace

std::optional<absl::string_view> TextFor(const OptionDoc& doc, const EnvReader& env,
                                         Faults* faults) {
  const std::optional<absl::string_view> value = env.Find(doc.name);
  if (!value) {
    if (doc.default_value.empty()) return std::nullopt;
    return doc.default_value;
  }
  if (!IsUtf8(*value)) {
    faults->AddValue(doc.name, *value, "expected UTF-8 text");
    return std::nullopt;
  }
  return value;
}

std::string RenderHelp(const std::vector<OptionGroupDoc>& groups) {
  std::string out;
  for (const OptionGroupDoc& group : groups) {
    absl::StrAppend(&out, out.empty() ? "" : "\n", group.title, ":\n");
    for (const OptionDoc& option : group.options) {
      absl::StrAppend(&out, "  ", option.name, "  (", option.type);
      if (!option.default_value.empty()) absl::StrAppend(&out, ", default ", option.default_value);
      absl::StrAppend(&out, ")\n");
      AppendWrapped(option.doc, "      ", &out);
    }
  }
  return out;
}

std::string RenderMarkdown(const std::vector<OptionGroupDoc>& groups) {
  std::string out;
  for (const OptionGroupDoc& group : groups) {
    absl::StrAppend(&out, out.empty() ? "" : "\n", "## ", group.title,
                    "\n\n| variable | value | default | meaning |\n| --- | --- | --- | --- |\n");
    for (const OptionDoc& option : group.options) {
      const std::string value =
          option.default_value.empty() ? "" : absl::StrCat("`", Cell(option.default_value), "`");
      absl::StrAppend(&out, "| `", option.name, "` | ", Cell(option.type), " | ", value, " | ",
                      Cell(option.doc), " |\n");
    }
  }
  return out;
}

}  // namespace gossamer::config
