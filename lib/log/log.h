#ifndef LIB_LOG_LOG_H_
#define LIB_LOG_LOG_H_

// Structured logging, one line a statement:
//
//   GOSSAMER_LOG(kInfo, "destination::endpoints", "watch opened", {"path", path}, {"streams", n});
//
// The level is one of log::Level, the target a literal that names the module, the message constant
// text, and what varies stands in fields. Neither message nor fields are evaluated when the line is
// off: that costs one relaxed atomic load and a comparison. Safe from any thread.
//
// Who owns it: the process. Call Init() and SetFilter() in main(); until then plain lines at warn
// and above go to standard error. The filter can change at any time.

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/log/field.h"
#include "lib/log/level.h"

#define GOSSAMER_LOG(level, target, message, ...)                                         \
  do {                                                                                    \
    static constinit ::gossamer::log::Site gossamer_log_site(target);                     \
    if (gossamer_log_site.Enabled(::gossamer::log::Level::level)) {                       \
      ::gossamer::log::Write(gossamer_log_site, ::gossamer::log::Level::level, (message), \
                             {__VA_ARGS__});                                              \
    }                                                                                     \
  } while (false)

// As GOSSAMER_LOG, but this statement writes at most one line a `period` (an absl::Duration), for
// what a peer can provoke or a loop repeats. A line that follows unwritten ones says how many in a
// field `suppressed`.
#define GOSSAMER_LOG_EVERY(period, level, target, message, ...)                                    \
  do {                                                                                             \
    static constinit ::gossamer::log::Site gossamer_log_site(target);                              \
    static constinit ::gossamer::log::RateLimit gossamer_log_limit;                                \
    uint64_t gossamer_log_suppressed = 0;                                                          \
    if (gossamer_log_site.Enabled(::gossamer::log::Level::level) &&                                \
        gossamer_log_limit.Allow((period), &gossamer_log_suppressed)) {                            \
      ::gossamer::log::Write(gossamer_log_site, ::gossamer::log::Level::level, (message),          \
                             {__VA_ARGS__ __VA_OPT__(, ){"suppressed", gossamer_log_suppressed}}); \
    }                                                                                              \
  } while (false)

namespace gossamer::log {

enum class Format { kPlain, kJson };

struct Options {
  Format format = Format::kPlain;
  int fd = 2;  // The proxy logs to 1, everything else to 2. Borrowed.
};

// Sets format and destination. Call once, in main(), before other threads log.
void Init(const Options& options);

// Replaces the filter. InvalidArgument, naming the directive, where any is malformed; the filter
// then stays as it was. lib/log/filter.h describes the syntax.
absl::Status SetFilter(absl::string_view directives);
// As SetFilter(), but leaves out malformed directives and returns what is wrong with each.
std::vector<std::string> SetFilterLenient(absl::string_view directives);
// The directives in force.
std::string FilterText();
// The filter is a lone `off`.
bool IsOff();

// Hands lines to `sink` instead of the file descriptor until destroyed. One at a time.
class CaptureForTest {
 public:
  explicit CaptureForTest(absl::AnyInvocable<void(absl::string_view line)> sink);
  ~CaptureForTest();
  CaptureForTest(const CaptureForTest&) = delete;
  CaptureForTest& operator=(const CaptureForTest&) = delete;
};

// One log statement in the source and the level that the filter gives its target. Made by the
// macros as static storage: it lives as long as the process.
class Site {
 public:
  constexpr explicit Site(const char* target) : target_(target) {}
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  bool Enabled(Level level) {
    const uint8_t max = max_level_.load(std::memory_order_relaxed);
    if (static_cast<uint8_t>(level) > max) return false;
    return max != kUnresolved || Resolve(level);
  }
  const char* target() const { return target_; }

 private:
  friend class State;
  static constexpr uint8_t kUnresolved = 255;

  bool Resolve(Level level);

  const char* const target_;
  std::atomic<uint8_t> max_level_{kUnresolved};
  // Sites form a list, so that a new filter reaches each; guarded by the state's mutex.
  Site* next_ = nullptr;
};

// Lets one caller through a period. Lock-free.
class RateLimit {
 public:
  constexpr RateLimit() = default;
  // True at most once a `period`; then sets how often it was false since it last was true.
  bool Allow(absl::Duration period, uint64_t* suppressed);

 private:
  std::atomic<int64_t> next_nanos_{INT64_MIN};
  std::atomic<uint64_t> suppressed_{0};
};

// Formats and writes a line with one write(2); a line that cannot be written is dropped.
void Write(const Site& site, Level level, absl::string_view message,
           std::initializer_list<Field> fields);

}  // namespace gossamer::log

#endif  // LIB_LOG_LOG_H_
