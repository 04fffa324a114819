#include "lib/log/format.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "absl/strings/str_format.h"
#include "lib/text/utf8.h"

namespace gossamer::log {
namespace {

constexpr std::array<absl::string_view, 6> kLevelNames = {"OFF",  "ERROR", "WARN",
                                                          "INFO", "DEBUG", "TRACE"};

absl::string_view LevelName(Level level) { return kLevelNames[static_cast<size_t>(level)]; }

// A terminal acts on C0, DEL and C1; U+2028 and U+2029 end a line for some readers.
bool IsControl(uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
}

// Appends `text` so that it stays on its line; `quotes` also escapes what ends a quoted string.
void AppendEscaped(absl::string_view text, bool quotes, std::string* out) {
  const bool cut = text.size() > kMaxValueBytes;
  if (cut) text = text.substr(0, kMaxValueBytes);
  while (!text.empty()) {
    uint32_t c = 0;
    const size_t length = DecodeUtf8(text, &c);
    if (length == 0) {
      out->append("\xef\xbf\xbd");
      text.remove_prefix(1);
      continue;
    }
    if (c == '\n') {
      out->append("\\n");
    } else if (c == '\t') {
      out->append("\\t");
    } else if (IsControl(c)) {
      absl::StrAppendFormat(out, "\\u%04x", c);
    } else if (quotes && (c == '"' || c == '\\')) {
      out->push_back('\\');
      out->push_back(static_cast<char>(c));
    } else {
      out->append(text.data(), length);
    }
    text.remove_prefix(length);
  }
  if (cut) out->append("...");
}

// Text that a reader can split at blanks and at the first '=' without quotes.
bool IsPlainWord(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxValueBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '=';
         });
}

}  // namespace

void AppendQuoted(absl::string_view text, std::string* out) {
  out->push_back('"');
  AppendEscaped(text, /*quotes=*/true, out);
  out->push_back('"');
}

void AppendPlain(const Record& record, std::string* out) {
  const size_t start = out->size();
  const int64_t micros = std::max<int64_t>(0, absl::ToInt64Microseconds(record.uptime));
  absl::StrAppendFormat(out, "[%6d.%06ds] %5s ThreadId(%02d) %s: ", micros / 1000000,
                        micros % 1000000, LevelName(record.level), record.thread, record.target);
  AppendEscaped(record.message, /*quotes=*/false, out);
  for (const Field& field : record.fields) {
    if (out->size() - start > kMaxLineBytes) {
      out->append(" ...");
      break;
    }
    out->push_back(' ');
    AppendEscaped(field.key(), /*quotes=*/false, out);
    out->push_back('=');
    if (IsPlainWord(field.value())) {
      out->append(field.value().data(), field.value().size());
    } else {
      AppendQuoted(field.value(), out);
    }
  }
  out->push_back('\n');
}

void AppendJson(const Record& record, std::string* out) {
  const size_t start = out->size();
  absl::StrAppendFormat(out, "{\"timestamp\":\"%s\",\"level\":\"%s\",\"fields\":{\"message\":",
                        absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", record.time, absl::UTCTimeZone()),
                        LevelName(record.level));
  AppendQuoted(record.message, out);
  for (const Field& field : record.fields) {
    if (out->size() - start > kMaxLineBytes) break;
    out->push_back(',');
    AppendQuoted(field.key(), out);
    out->push_back(':');
    if (field.bare()) {
      out->append(field.value().data(), field.value().size());
    } else {
      AppendQuoted(field.value(), out);
    }
  }
  out->append("},\"target\":");
  AppendQuoted(record.target, out);
  absl::StrAppendFormat(out, ",\"threadId\":\"ThreadId(%d)\"}\n", record.thread);
}

}  // namespace gossamer::log
