#ifndef LIB_HTTP_HTTP1_CHECKED_COPY_H_
#define LIB_HTTP_HTTP1_CHECKED_COPY_H_

#include <cstring>

#include "absl/strings/string_view.h"
#include "lib/http/http1/chars.h"

// Copies that look at what they copy: a head from elsewhere is checked at the price of the copy.
namespace gossamer::http1 {

#if defined(__SSE2__)

namespace checked_copy_internal {

template <typename Word>
inline Word LoadWord(const char* p) {
  Word word;
  std::memcpy(&word, p, sizeof(word));
  return word;
}

// Copies 4 to 15 bytes as two words that overlap; returns them in one vector.
template <typename Word>
inline __m128i CopyShort(const char* from, size_t size, char* to) {
  const Word head = LoadWord<Word>(from);
  const Word tail = LoadWord<Word>(from + size - sizeof(Word));
  std::memcpy(to, &head, sizeof(head));
  std::memcpy(to + size - sizeof(Word), &tail, sizeof(tail));
  if (sizeof(Word) == 4) {
    const int first = static_cast<int>(head);
    const int second = static_cast<int>(tail);
    return _mm_set_epi32(first, second, first, second);
  }
  return _mm_set_epi64x(static_cast<int64_t>(head), static_cast<int64_t>(tail));
}

inline __m128i Copy16(const char* from, char* to) {
  const __m128i bytes = chars_internal::Load(from);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
  return bytes;
}

// True if `bad_lanes` finds no byte of `text` bad; texts of less than 4 bytes go by `char_class`.
template <typename BadLanes>
inline bool Copy(absl::string_view text, CharClass char_class, BadLanes bad_lanes, char* to) {
  const char* const from = text.data();
  const size_t size = text.size();
  if (size < 4) {
    for (size_t i = 0; i < size; ++i) to[i] = from[i];
    return AllOf(text, char_class);
  }
  if (size < 8) return _mm_movemask_epi8(bad_lanes(CopyShort<uint32_t>(from, size, to))) == 0;
  if (size < 16) return _mm_movemask_epi8(bad_lanes(CopyShort<uint64_t>(from, size, to))) == 0;
  __m128i bad = bad_lanes(Copy16(from + size - 16, to + size - 16));
  for (size_t i = 0; i + 16 <= size; i += 16) {
    bad = _mm_or_si128(bad, bad_lanes(Copy16(from + i, to + i)));
  }
  return _mm_movemask_epi8(bad) == 0;
}

inline __m128i NotPlainNameLanes(__m128i bytes) {
  return _mm_andnot_si128(chars_internal::PlainNameLanes(bytes), _mm_set1_epi8(-1));
}

}  // namespace checked_copy_internal

// Copies `value` to `to`; false if it holds what a field value must not.
inline bool CopyFieldValue(absl::string_view value, char* to) {
  return checked_copy_internal::Copy(value, kFieldValueChar, chars_internal::BadValueLanes, to);
}

// Copies `name` to `to`; false if it is not a token.
inline bool CopyFieldName(absl::string_view name, char* to) {
  if (name.empty()) return false;
  return checked_copy_internal::Copy(name, kTokenChar, checked_copy_internal::NotPlainNameLanes,
                                     to) ||
         AllOf(name, kTokenChar);
}

#else

inline bool CopyFieldValue(absl::string_view value, char* to) {
  std::memcpy(to, value.data(), value.size());
  return AllOf(value, kFieldValueChar);
}

inline bool CopyFieldName(absl::string_view name, char* to) {
  std::memcpy(to, name.data(), name.size());
  return !name.empty() && AllOf(name, kTokenChar);
}

#endif

}  // namespace gossamer::http1

#endif  // LIB_HTTP_HTTP1_CHECKED_COPY_H_
