#ifndef LIB_BUFFER_SANITIZER_H_
#define LIB_BUFFER_SANITIZER_H_

namespace gossamer {

// Whether this build watches each use of memory (AddressSanitizer, ThreadSanitizer): then a pool
// would hide from it what is used after its end, and what is freed stays resident for a while.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kMemoryIsWatched = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kMemoryIsWatched = true;
#else
inline constexpr bool kMemoryIsWatched = false;
#endif
#else
inline constexpr bool kMemoryIsWatched = false;
#endif

}  // namespace gossamer

#endif  // LIB_BUFFER_SANITIZER_H_
