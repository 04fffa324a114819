#include "lib/metrics/label_text.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "lib/text/utf8.h"

namespace gossamer::metrics {

LabelText& LabelText::Add(absl::string_view name, absl::string_view value) {
  absl::StrAppend(&text_, text_.empty() ? "" : ",", name);
  AppendValue(value);
  return *this;
}

LabelText& LabelText::Add(absl::string_view name, uint64_t value) {
  absl::StrAppend(&text_, text_.empty() ? "" : ",", name, "=\"", value, "\"");
  return *this;
}

LabelText& LabelText::AddSanitized(absl::string_view prefix, absl::string_view name,
                                   absl::string_view value) {
  absl::StrAppend(&text_, text_.empty() ? "" : ",", prefix);
  for (char c : name.substr(0, kValueBytesMax)) {
    text_.push_back(absl::ascii_isalnum(c) ? c : '_');
  }
  AppendValue(value);
  return *this;
}

void LabelText::AppendValue(absl::string_view value) {
  text_.append("=\"");
  value = value.substr(0, kValueBytesMax);
  while (!value.empty()) {
    uint32_t c = 0;
    const size_t length = DecodeUtf8(value, &c);
    if (length == 0) {
      text_.append("\xef\xbf\xbd");
      value.remove_prefix(1);
      continue;
    }
    if (c == '\\' || c == '"') {
      text_.push_back('\\');
      text_.push_back(static_cast<char>(c));
    } else if (c == '\n') {
      text_.append("\\n");
    } else {
      text_.append(value.data(), length);
    }
    value.remove_prefix(length);
  }
  text_.push_back('"');
}

}  // namespace gossamer::metrics
