#ifndef LIB_HTTP_HTTP1_CHARS_H_
#define LIB_HTTP_HTTP1_CHARS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/strings/string_view.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

// Character classes of HTTP/1 and the scans over them. A scan returns where the first byte outside
// its class stands, or `end`; it never reads at or beyond `end`.
namespace gossamer::http1 {

enum CharClass : uint8_t {
  kTokenChar = 1,       // RFC 9110 5.6.2: methods and field names.
  kFieldValueChar = 2,  // RFC 9110 5.5: VCHAR, obs-text, SP and HTAB.
  kTargetChar = 4,      // What a request-target may hold: VCHAR without '#'.
  kHostChar = 8,        // reg-name without ',', which is what merged Host fields would hold.
  kHexChar = 16,
};

namespace chars_internal {

constexpr bool In(char c, const char* set) {
  for (; *set != '\0'; ++set) {
    if (*set == c) return true;
  }
  return false;
}

constexpr std::array<uint8_t, 256> MakeClasses() {
  std::array<uint8_t, 256> classes = {};
  for (int i = 0; i < 256; ++i) {
    const char c = static_cast<char>(i);
    const bool digit = i >= '0' && i <= '9';
    const bool alpha = (i >= 'a' && i <= 'z') || (i >= 'A' && i <= 'Z');
    const bool hex = digit || (i >= 'a' && i <= 'f') || (i >= 'A' && i <= 'F');
    uint8_t bits = 0;
    if (digit || alpha || In(c, "!#$%&'*+-.^_`|~")) bits |= kTokenChar;
    if (i == '\t' || (i >= 0x20 && i != 0x7f)) bits |= kFieldValueChar;
    if (i > 0x20 && i < 0x7f && i != '#') bits |= kTargetChar;
    if (digit || alpha || In(c, "-._~%!$&'()*+;=")) bits |= kHostChar;
    if (hex) bits |= kHexChar;
    classes[i] = bits;
  }
  return classes;
}

inline constexpr std::array<uint8_t, 256> kClasses = MakeClasses();

}  // namespace chars_internal

inline bool Is(char c, CharClass char_class) {
  return (chars_internal::kClasses[static_cast<uint8_t>(c)] & char_class) != 0;
}

inline const char* SkipClass(const char* p, const char* end, CharClass char_class) {
  while (p != end && Is(*p, char_class)) ++p;
  return p;
}

inline bool AllOf(absl::string_view text, CharClass char_class) {
  const char* end = text.data() + text.size();
  return SkipClass(text.data(), end, char_class) == end;
}

inline bool IsBlank(char c) { return c == ' ' || c == '\t'; }

// Without the blanks (OWS) at both ends.
inline absl::string_view TrimBlanks(absl::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

#if defined(__SSE2__)

namespace chars_internal {

// A lane is all ones where its byte, read unsigned, is <= `bound`.
inline __m128i AtMost(__m128i bytes, char bound) {
  return _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(bound)), bytes);
}

inline __m128i InRange(__m128i bytes, char first, char last) {
  return AtMost(_mm_sub_epi8(bytes, _mm_set1_epi8(first)), static_cast<char>(last - first));
}

// Lanes that hold a letter, a digit or '-': what nearly every field name is made of.
inline __m128i PlainNameLanes(__m128i bytes) {
  const __m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
  const __m128i alpha = InRange(folded, 'a', 'z');
  const __m128i digit = InRange(bytes, '0', '9');
  const __m128i dash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-'));
  return _mm_or_si128(_mm_or_si128(alpha, digit), dash);
}

inline __m128i BadValueLanes(__m128i bytes) {
  const __m128i control = AtMost(bytes, 0x1f);
  const __m128i tab = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t'));
  const __m128i del = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
  return _mm_or_si128(_mm_andnot_si128(tab, control), del);
}

inline __m128i BadTargetLanes(__m128i bytes) {
  // The comparison is signed, so obs-text counts as below.
  const __m128i above_space = _mm_cmpgt_epi8(bytes, _mm_set1_epi8(0x20));
  const __m128i bad = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f)),
                                   _mm_cmpeq_epi8(bytes, _mm_set1_epi8('#')));
  return _mm_or_si128(_mm_andnot_si128(above_space, _mm_set1_epi8(-1)), bad);
}

inline __m128i Load(const char* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }

// Skips 16 bytes at a time while `bad_lanes` finds nothing, then the rest byte by byte.
template <typename BadLanes>
const char* Skip(const char* p, const char* end, CharClass char_class, BadLanes bad_lanes) {
  while (end - p >= 16) {
    const int bad = _mm_movemask_epi8(bad_lanes(Load(p)));
    if (bad != 0) return p + __builtin_ctz(bad);
    p += 16;
  }
  return SkipClass(p, end, char_class);
}

}  // namespace chars_internal

inline const char* SkipFieldValue(const char* p, const char* end) {
  return chars_internal::Skip(p, end, kFieldValueChar, chars_internal::BadValueLanes);
}

inline const char* SkipTarget(const char* p, const char* end) {
  return chars_internal::Skip(p, end, kTargetChar, chars_internal::BadTargetLanes);
}

inline const char* SkipToken(const char* p, const char* end) {
  if (end - p >= 16) {
    const int plain = _mm_movemask_epi8(chars_internal::PlainNameLanes(chars_internal::Load(p)));
    p += __builtin_ctz(~plain);
  }
  return SkipClass(p, end, kTokenChar);
}

// Bytes behind a name that LowerCaseName may read and write back unchanged.
inline constexpr size_t kLowerCaseSlack = 16;

// Folds [name, name + size) in place. kLowerCaseSlack bytes behind it must be writable.
inline void LowerCaseName(char* name, size_t size) {
  using chars_internal::InRange;
  for (size_t i = 0; i < size; i += 16) {
    const __m128i bytes = chars_internal::Load(name + i);
    const __m128i upper = InRange(bytes, 'A', 'Z');
    const size_t left = size - i;
    const __m128i lane = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m128i inside =
        _mm_cmplt_epi8(lane, _mm_set1_epi8(static_cast<char>(left < 16 ? left : 16)));
    const __m128i flip = _mm_and_si128(_mm_and_si128(upper, inside), _mm_set1_epi8(0x20));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(name + i), _mm_xor_si128(bytes, flip));
  }
}

#else

inline const char* SkipFieldValue(const char* p, const char* end) {
  return SkipClass(p, end, kFieldValueChar);
}
inline const char* SkipTarget(const char* p, const char* end) {
  return SkipClass(p, end, kTargetChar);
}
inline const char* SkipToken(const char* p, const char* end) {
  return SkipClass(p, end, kTokenChar);
}

inline constexpr size_t kLowerCaseSlack = 0;

inline void LowerCaseName(char* name, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    if (name[i] >= 'A' && name[i] <= 'Z') name[i] |= 0x20;
  }
}

#endif

// Calls `visit` with each non-empty member of a comma-separated list, blanks trimmed.
template <typename Visit>
void ForEachListMember(absl::string_view list, Visit visit) {
  while (!list.empty()) {
    const size_t comma = list.find(',');
    const absl::string_view member = TrimBlanks(list.substr(0, comma));
    if (!member.empty()) visit(member);
    if (comma == absl::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace gossamer::http1

#endif  // LIB_HTTP_HTTP1_CHARS_H_
