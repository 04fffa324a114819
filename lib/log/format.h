#ifndef LIB_LOG_FORMAT_H_
#define LIB_LOG_FORMAT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "lib/log/field.h"
#include "lib/log/level.h"

namespace gossamer::log {

// A value or message longer than this is cut, and a line stops taking fields past the other bound.
inline constexpr size_t kMaxValueBytes = 4096;
inline constexpr size_t kMaxLineBytes = 16384;

// What a line says; everything is borrowed.
struct Record {
  Level level = Level::kInfo;
  absl::string_view target;
  absl::string_view message;
  absl::Span<const Field> fields;
  absl::Duration uptime;  // Since the program started; in plain lines.
  absl::Time time;        // In JSON lines.
  int thread = 1;         // Counted from 1 in order of first use.
};

// Appends one line, with its line feed:
//   [     0.001234s]  INFO ThreadId(01) target: message key=value key="text with blanks"
// Nothing that a value holds can start a second line or reach a terminal as a control sequence.
void AppendPlain(const Record& record, std::string* out);

// Appends one JSON object and a line feed: timestamp, level, fields (message first), target and
// threadId.
void AppendJson(const Record& record, std::string* out);

// Appends `text` between quotes, as a JSON string. What is not UTF-8 becomes U+FFFD.
void AppendQuoted(absl::string_view text, std::string* out);

}  // namespace gossamer::log

#endif  // LIB_LOG_FORMAT_H_
