#include "lib/http/http1/field_lines.h"

#include "absl/base/optimization.h"
#include "absl/strings/string_view.h"
#include "lib/http/http1/chars.h"

namespace gossamer::http1 {
namespace {

// Where a field name ended with something else than a colon.
HeadError NameError(const char* line, const char* bad) {
  if (*bad == '\n') return HeadError::kBadLineEnd;
  if (!IsBlank(*bad)) return HeadError::kBadFieldName;
  return bad == line ? HeadError::kObsoleteFold : HeadError::kBlankBeforeColon;
}

}  // namespace

ParseResult ParseFieldLines(const char** next, const char* end, size_t fields_max,
                            http::Headers* fields, HeadError* error) {
  const auto refuse = [error](HeadError reason) {
    *error = reason;
    return ParseResult::kError;
  };
  while (true) {
    const char* const line = *next;
    const char* p = line;
    if (p == end) return ParseResult::kIncomplete;
    if (*p == '\r') {
      if (++p == end) return ParseResult::kIncomplete;
      if (*p != '\n') return refuse(HeadError::kBadLineEnd);
      *next = p + 1;
      return ParseResult::kComplete;
    }
    if (ABSL_PREDICT_FALSE(fields->size() >= fields_max)) {
      return refuse(HeadError::kTooManyFields);
    }

    p = SkipToken(p, end);
    if (ABSL_PREDICT_FALSE(p == end)) return ParseResult::kIncomplete;
    if (ABSL_PREDICT_FALSE(*p != ':')) return refuse(NameError(line, p));
    if (ABSL_PREDICT_FALSE(p == line)) return refuse(HeadError::kBadFieldName);
    const char* const name_end = p++;

    while (p != end && IsBlank(*p)) ++p;
    const char* const value = p;
    p = SkipFieldValue(p, end);
    if (ABSL_PREDICT_FALSE(p == end)) return ParseResult::kIncomplete;
    if (ABSL_PREDICT_FALSE(*p != '\r')) {
      return refuse(*p == '\n' ? HeadError::kBadLineEnd : HeadError::kBadFieldValue);
    }
    const char* value_end = p++;
    if (ABSL_PREDICT_FALSE(p == end)) return ParseResult::kIncomplete;
    if (ABSL_PREDICT_FALSE(*p != '\n')) return refuse(HeadError::kBadLineEnd);
    while (value_end != value && IsBlank(value_end[-1])) --value_end;
    fields->Add(absl::string_view(line, name_end - line),
                absl::string_view(value, value_end - value));
    *next = p + 1;
  }
}

void RebaseFields(const char* from, const char* copy, size_t first, http::Headers* fields) {
  for (auto field = fields->begin() + first; field != fields->end(); ++field) {
    field->name = absl::string_view(copy + (field->name.data() - from), field->name.size());
    field->value = absl::string_view(copy + (field->value.data() - from), field->value.size());
  }
}

}  // namespace gossamer::http1
