#ifndef LIB_METRICS_TEXT_WRITER_H_
#define LIB_METRICS_TEXT_WRITER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/metrics/cells.h"

namespace gossamer::metrics {

enum class Type { kCounter, kGauge, kHistogram };

// What is known of a family apart from its samples.
struct FamilyDoc {
  std::string name;  // As in samples: a counter's with _total.
  Type type = Type::kCounter;
  std::string labels;  // For the documentation.
  std::string help;    // A sentence without its full stop.
  std::string unit;    // "seconds" or "bytes" where the name has it; in the second section.
};

// The two dialects that Linkerd's proxy writes one after the other. kPlain is Prometheus's text
// format, with counters that wrap at 2^53. kOpenMetrics has # UNIT lines, a full stop after # HELP,
// metadata without the counter's _total, and floating-point bounds.
enum class Dialect { kPlain, kOpenMetrics };

// Writes samples in Prometheus's text format, piece by piece, so that a scrape of many series
// needs no buffer of their size.
//
// Use: Begin() a family, then its samples. A family without samples leaves no trace.
class TextWriter {
 public:
  // `sink` is borrowed, gets pieces of at most some 20 KiB and must not block.
  TextWriter(Dialect dialect, absl::FunctionRef<void(absl::string_view)> sink)
      : dialect_(dialect), sink_(sink) {}
  // Hands over what is left.
  ~TextWriter() { Flush(); }
  TextWriter(const TextWriter&) = delete;
  TextWriter& operator=(const TextWriter&) = delete;

  // `doc` must live until the next Begin().
  void Begin(const FamilyDoc& doc) { doc_ = &doc, begun_ = false; }

  // `labels` and `more` are LabelText; either may be empty.
  void Sample(absl::string_view labels, absl::string_view more, uint64_t value);
  void Sample(absl::string_view labels, absl::string_view more, int64_t value);
  void Sample(absl::string_view labels, absl::string_view more, double value);
  void Sample(absl::string_view labels, absl::string_view more, const Counter& counter) {
    Sample(labels, more, counter.value());
  }
  void Sample(absl::string_view labels, absl::string_view more, const Gauge& gauge) {
    Sample(labels, more, gauge.value());
  }
  void Sample(absl::string_view labels, absl::string_view more, const FloatGauge& gauge) {
    Sample(labels, more, gauge.value());
  }
  template <typename Buckets>
  void Sample(absl::string_view labels, absl::string_view more,
              const Histogram<Buckets>& histogram) {
    // Copied first: _count must equal the last bucket though the writer goes on counting.
    std::array<uint64_t, Histogram<Buckets>::kSize> counts;
    for (size_t i = 0; i < counts.size(); ++i) counts[i] = histogram.bucket(i);
    SampleHistogram(labels, more, Buckets::kBounds, counts, histogram.sum());
  }

  // Writes `# EOF`, the last line of the second section.
  void End();

 private:
  void WriteHead();
  // NAME SUFFIX {labels,more,le="..."} and a blank.
  void AppendName(absl::string_view suffix, absl::string_view labels, absl::string_view more,
                  absl::string_view le);
  void AppendFloat(double value);
  void EndLine();
  void Flush();
  void SampleHistogram(absl::string_view labels, absl::string_view more,
                       absl::Span<const double> bounds, absl::Span<const uint64_t> counts,
                       double sum);

  const Dialect dialect_;
  absl::FunctionRef<void(absl::string_view)> sink_;
  const FamilyDoc* doc_ = nullptr;
  bool begun_ = false;
  std::string buffer_;
};

}  // namespace gossamer::metrics

#endif  // LIB_METRICS_TEXT_WRITER_H_
