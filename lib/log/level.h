#ifndef LIB_LOG_LEVEL_H_
#define LIB_LOG_LEVEL_H_

#include <cstdint>

namespace gossamer::log {

// Severity of a log line; a larger value is more verbose. kOff is a filter's value only, never a
// line's.
enum class Level : uint8_t { kOff = 0, kError = 1, kWarn = 2, kInfo = 3, kDebug = 4, kTrace = 5 };

}  // namespace gossamer::log

#endif  // LIB_LOG_LEVEL_H_
