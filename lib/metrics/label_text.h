#ifndef LIB_METRICS_LABEL_TEXT_H_
#define LIB_METRICS_LABEL_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace gossamer::metrics {

// Builds what stands between the braces of a sample: `a="b",c="d"`, with values escaped. Made once
// for a label set, never on a hot path.
class LabelText {
 public:
  // A value is cut to this many bytes, so that a peer cannot make a label set arbitrarily large.
  static constexpr size_t kValueBytesMax = 256;

  // `name` is a valid label name; `value` is any text, of which what is not UTF-8 becomes U+FFFD.
  LabelText& Add(absl::string_view name, absl::string_view value);
  LabelText& Add(absl::string_view name, uint64_t value);
  // As Add(), for a name from outside: characters that a label name cannot have become '_'.
  LabelText& AddSanitized(absl::string_view prefix, absl::string_view name,
                          absl::string_view value);

  const std::string& text() const { return text_; }
  std::string Take() { return std::move(text_); }

 private:
  void AppendValue(absl::string_view value);

  std::string text_;
};

}  // namespace gossamer::metrics

#endif  // LIB_METRICS_LABEL_TEXT_H_
