#include "lib/metrics/text_writer.h"

#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace gossamer::metrics {
namespace {

constexpr size_t kFlushBytes = 16 * 1024;
// What a double, which is how scrapers read a number, still counts one by one.
constexpr uint64_t kPlainCounterMask = (uint64_t{1} << 53) - 1;

absl::string_view TypeName(Type type) {
  switch (type) {
    case Type::kCounter:
      return "counter";
    case Type::kGauge:
      return "gauge";
    case Type::kHistogram:
      return "histogram";
  }
  return "untyped";
}

// The shortest text that reads back as `value`; without an exponent where it is a whole number.
std::string FloatText(double value) {
  constexpr double kExactMax = 1e15;
  if (value == std::floor(value) && std::abs(value) < kExactMax) {
    return absl::StrCat(static_cast<int64_t>(value));
  }
  std::string text = absl::StrCat(value);
  if (double back = 0; !absl::SimpleAtod(text, &back) || back != value) {
    text = absl::StrFormat("%.17g", value);
  }
  return text;
}

}  // namespace

void TextWriter::WriteHead() {
  begun_ = true;
  const bool plain = dialect_ == Dialect::kPlain;
  const absl::string_view name =
      plain ? absl::string_view(doc_->name) : absl::StripSuffix(doc_->name, "_total");
  absl::StrAppend(&buffer_, "# HELP ", name, " ", doc_->help, plain ? "\n" : ".\n", "# TYPE ", name,
                  " ", TypeName(doc_->type), "\n");
  if (!plain && !doc_->unit.empty()) {
    absl::StrAppend(&buffer_, "# UNIT ", name, " ", doc_->unit, "\n");
  }
}

void TextWriter::AppendName(absl::string_view suffix, absl::string_view labels,
                            absl::string_view more, absl::string_view le) {
  if (!begun_) WriteHead();
  absl::StrAppend(&buffer_, doc_->name, suffix);
  if (!labels.empty() || !more.empty() || !le.empty()) {
    buffer_.push_back('{');
    absl::StrAppend(&buffer_, labels, labels.empty() || more.empty() ? "" : ",", more);
    if (!le.empty()) {
      absl::StrAppend(&buffer_, labels.empty() && more.empty() ? "" : ",", "le=\"", le, "\"");
    }
    buffer_.push_back('}');
  }
  buffer_.push_back(' ');
}

void TextWriter::Sample(absl::string_view labels, absl::string_view more, uint64_t value) {
  AppendName("", labels, more, "");
  const bool wraps = dialect_ == Dialect::kPlain && doc_->type == Type::kCounter;
  absl::StrAppend(&buffer_, wraps ? value & kPlainCounterMask : value);
  EndLine();
}

void TextWriter::Sample(absl::string_view labels, absl::string_view more, int64_t value) {
  AppendName("", labels, more, "");
  absl::StrAppend(&buffer_, value);
  EndLine();
}

void TextWriter::Sample(absl::string_view labels, absl::string_view more, double value) {
  AppendName("", labels, more, "");
  AppendFloat(value);
  EndLine();
}

void TextWriter::SampleHistogram(absl::string_view labels, absl::string_view more,
                                 absl::Span<const double> bounds, absl::Span<const uint64_t> counts,
                                 double sum) {
  uint64_t total = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    total += counts[i];
    std::string le = "+Inf";
    if (i < bounds.size()) {
      le = FloatText(bounds[i]);
      if (dialect_ == Dialect::kOpenMetrics && bounds[i] == std::floor(bounds[i])) le += ".0";
    }
    AppendName("_bucket", labels, more, le);
    absl::StrAppend(&buffer_, total);
    EndLine();
  }
  AppendName("_sum", labels, more, "");
  AppendFloat(sum);
  EndLine();
  AppendName("_count", labels, more, "");
  absl::StrAppend(&buffer_, total);
  EndLine();
}

void TextWriter::AppendFloat(double value) { buffer_.append(FloatText(value)); }

void TextWriter::EndLine() {
  buffer_.push_back('\n');
  if (buffer_.size() >= kFlushBytes) Flush();
}

void TextWriter::End() {
  buffer_.append("# EOF\n");
  Flush();
}

void TextWriter::Flush() {
  if (!buffer_.empty()) sink_(buffer_);
  buffer_.clear();
}

}  // namespace gossamer::metrics
