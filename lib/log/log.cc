#include "lib/log/log.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/types/span.h"
#include "lib/log/filter.h"
#include "lib/log/format.h"

namespace gossamer::log {
namespace {

int64_t MonotonicNanos() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000000000 + now.tv_nsec;
}

// Close enough to the program's start for the plain format's uptime.
const int64_t start_nanos = MonotonicNanos();

std::atomic<int> thread_count{0};
int ThreadNumber() {
  thread_local const int number = ++thread_count;
  return number;
}

// A line is a bounded number of bytes, so a reader that stalls for long costs at most this buffer.
void WriteAll(int fd, absl::string_view line) {
  while (!line.empty()) {
    const ssize_t written = write(fd, line.data(), line.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    line.remove_prefix(written);
  }
}

}  // namespace

// The process's logger. Never destroyed: threads may log while the process exits.
class State {
 public:
  static State& Get() {
    static State* const state = new State;
    return *state;
  }

  void SetOptions(const Options& options) {
    fd_.store(options.fd, std::memory_order_relaxed);
    json_.store(options.format == Format::kJson, std::memory_order_relaxed);
  }

  void SetFilter(Filter filter) {
    absl::MutexLock lock(&mutex_);
    filter_ = std::make_shared<const Filter>(std::move(filter));
    by_field_.store(filter_->has_field_directives(), std::memory_order_relaxed);
    for (Site* site = sites_; site != nullptr; site = site->next_) Refresh(site);
  }

  std::shared_ptr<const Filter> filter() const {
    absl::MutexLock lock(&mutex_);
    return filter_;
  }

  void Register(Site* site) {
    absl::MutexLock lock(&mutex_);
    if (site->max_level_.load(std::memory_order_relaxed) != Site::kUnresolved) return;
    site->next_ = sites_;
    sites_ = site;
    Refresh(site);
  }

  void SetSink(absl::AnyInvocable<void(absl::string_view)> sink) {
    absl::MutexLock lock(&sink_mutex_);
    sink_ = std::move(sink);
    has_sink_.store(sink_ != nullptr, std::memory_order_relaxed);
  }

  bool Wants(const Site& site, Level level, absl::Span<const Field> fields) const {
    if (!by_field_.load(std::memory_order_relaxed)) return true;
    return level <= filter()->LevelOf(site.target(), fields);
  }

  void Emit(const Record& record) {
    std::string line;
    line.reserve(256);
    if (json_.load(std::memory_order_relaxed)) {
      AppendJson(record, &line);
    } else {
      AppendPlain(record, &line);
    }
    if (!has_sink_.load(std::memory_order_relaxed)) {
      return WriteAll(fd_.load(std::memory_order_relaxed), line);
    }
    absl::MutexLock lock(&sink_mutex_);
    if (sink_ != nullptr) sink_(line);
  }

 private:
  void Refresh(Site* site) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    site->max_level_.store(static_cast<uint8_t>(filter_->MaxLevel(site->target())),
                           std::memory_order_relaxed);
  }

  std::atomic<int> fd_{2};
  std::atomic<bool> json_{false};
  std::atomic<bool> by_field_{false};
  std::atomic<bool> has_sink_{false};

  mutable absl::Mutex mutex_;
  std::shared_ptr<const Filter> filter_ ABSL_GUARDED_BY(mutex_) = std::make_shared<const Filter>();
  Site* sites_ ABSL_GUARDED_BY(mutex_) = nullptr;

  absl::Mutex sink_mutex_;
  absl::AnyInvocable<void(absl::string_view)> sink_ ABSL_GUARDED_BY(sink_mutex_);
};

bool Site::Resolve(Level level) {
  State::Get().Register(this);
  return static_cast<uint8_t>(level) <= max_level_.load(std::memory_order_relaxed);
}

bool RateLimit::Allow(absl::Duration period, uint64_t* suppressed) {
  const int64_t now = MonotonicNanos();
  int64_t next = next_nanos_.load(std::memory_order_relaxed);
  if (now < next || !next_nanos_.compare_exchange_strong(
                        next, now + absl::ToInt64Nanoseconds(period), std::memory_order_relaxed)) {
    suppressed_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  *suppressed = suppressed_.exchange(0, std::memory_order_relaxed);
  return true;
}

void Init(const Options& options) { State::Get().SetOptions(options); }

absl::Status SetFilter(absl::string_view directives) {
  absl::StatusOr<Filter> filter = Filter::Parse(directives);
  if (!filter.ok()) return filter.status();
  State::Get().SetFilter(*std::move(filter));
  return absl::OkStatus();
}

std::vector<std::string> SetFilterLenient(absl::string_view directives) {
  Filter::Lenient result = Filter::ParseLenient(directives);
  State::Get().SetFilter(std::move(result.filter));
  return std::move(result.faults);
}

std::string FilterText() { return State::Get().filter()->text(); }

bool IsOff() { return State::Get().filter()->is_off(); }

CaptureForTest::CaptureForTest(absl::AnyInvocable<void(absl::string_view)> sink) {
  State::Get().SetSink(std::move(sink));
}

CaptureForTest::~CaptureForTest() { State::Get().SetSink(nullptr); }

void Write(const Site& site, Level level, absl::string_view message,
           std::initializer_list<Field> fields) {
  const absl::Span<const Field> span(fields.begin(), fields.size());
  if (!State::Get().Wants(site, level, span)) return;
  Record record;
  record.level = level;
  record.target = site.target();
  record.message = message;
  record.fields = span;
  record.uptime = absl::Nanoseconds(MonotonicNanos() - start_nanos);
  record.time = absl::Now();
  record.thread = ThreadNumber();
  State::Get().Emit(record);
}

}  // namespace gossamer::log
