#ifndef LIB_LOG_FILTER_H_
#define LIB_LOG_FILTER_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/log/field.h"
#include "lib/log/level.h"

namespace gossamer::log {

// Which lines are written, by module and level, in the directive syntax of Linkerd's proxy:
//
//   warn,linkerd=info,proxy::outbound=debug,[{headers}]=off
//
// A comma-separated list of `target=level`, `level`, `target` (meaning trace),
// `target[span{field=value}]=level` and `[{field}]=level`; levels are off, error, warn, info,
// debug, trace in any case, or 0 to 5. A target matches every module whose name starts with it, and
// the longest match wins; of two equally long ones the one with more fields, then the later.
// Without a plain level everything unmatched is at warn.
//
// Linkerd's own module names are understood as ours (`linkerd` is every module). Names of
// libraries that we do not have are accepted and match nothing. A directive with fields applies to
// lines that carry all of them. A directive with a span name is accepted and matches nothing: our
// lines have no spans.
//
// Immutable once parsed, hence safe to share between threads.
class Filter {
 public:
  // A text has no more directives than this; more is an error, so that a caller cannot make every
  // log statement slow.
  static constexpr int kMaxDirectives = 256;

  // A parsed filter and the directives that were left out, each with what is wrong with it.
  struct Lenient;

  // Everything at warn.
  Filter() = default;

  // InvalidArgument, naming the directive, where any is malformed.
  static absl::StatusOr<Filter> Parse(absl::string_view text);
  // Leaves out what is malformed.
  static Lenient ParseLenient(absl::string_view text);

  // The most verbose level at which a line of `target` can be written, whatever its fields.
  Level MaxLevel(absl::string_view target) const;
  // The level for a line of `target` with these fields.
  Level LevelOf(absl::string_view target, absl::Span<const Field> fields) const;
  // Whether LevelOf() depends on fields.
  bool has_field_directives() const { return has_field_directives_; }
  // The text is `off` and nothing else.
  bool is_off() const { return is_off_; }
  // The directives that are in force, as they were given.
  const std::string& text() const { return text_; }

 private:
  struct FieldMatch {
    std::string name;
    std::string value;
    bool has_value = false;
  };
  struct Directive {
    std::string text;
    std::string target;  // As given; empty for every module.
    std::string prefix;  // What our modules' names must start with.
    bool matches_modules = true;
    std::vector<FieldMatch> fields;
    Level level = Level::kTrace;
    size_t order = 0;  // In the text.
  };

  static absl::StatusOr<Directive> ParseDirective(absl::string_view text);
  static absl::Status ParseSpan(absl::string_view text, Directive* directive);
  static bool MatchesFields(const Directive& directive, absl::Span<const Field> fields);
  static bool MoreSpecific(const Directive& a, const Directive& b);
  void Add(Directive directive);
  void Finish();

  // Most specific first.
  std::vector<Directive> directives_;
  std::string text_ = "warn";
  bool has_field_directives_ = false;
  bool is_off_ = false;
};

struct Filter::Lenient {
  Filter filter;
  std::vector<std::string> faults;
};

}  // namespace gossamer::log

#endif  // LIB_LOG_FILTER_H_
