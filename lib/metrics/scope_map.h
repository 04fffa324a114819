#ifndef LIB_METRICS_SCOPE_MAP_H_
#define LIB_METRICS_SCOPE_MAP_H_

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/metrics/text_writer.h"
#include "lib/time/clock.h"

namespace gossamer::metrics {

// A scope is a struct of cells that share one label set, such as everything that is counted for one
// endpoint. It needs a default constructor and `void MergeFrom(const Scope&)`.
//
// ScopeMap holds the scopes of one label scheme by their label text. Callers resolve a label set
// once, when a connection or an endpoint begins, and keep the Ref: counting is then a store to a
// cell.
//
// Owned by a worker. Get(), Refs and EvictIdle() belong to that worker's thread; WriteFamilies()
// may run on another. Bounded: past `Options::scopes_max` label sets, new ones share the overflow
// scope, whose labels say so. A scope that nobody holds is dropped once it has been idle for
// `Options::retain_idle` and more than half of the room is taken; its counts move to the overflow
// scope, so that sums over a family never go back.
template <typename Scope>
class ScopeMap {
  struct Entry {
    std::string labels;
    Scope scope;
    const Clock* clock = nullptr;
    int holders = 0;
    absl::Duration last_used;
  };

 public:
  struct Options {
    // The labels of the overflow scope, besides overflow="true".
    std::string overflow_labels;
    size_t scopes_max = 1000;
    absl::Duration retain_idle = absl::Minutes(10);
    // Borrowed; must outlive the map.
    const Clock* clock = Clock::Real();
  };

  // A held scope. Must not outlive the map.
  class Ref {
   public:
    Ref() = default;
    Ref(const Ref& other) : entry_(other.entry_) {
      if (entry_ != nullptr) ++entry_->holders;
    }
    Ref(Ref&& other) noexcept : entry_(std::exchange(other.entry_, nullptr)) {}
    Ref& operator=(Ref other) noexcept {
      std::swap(entry_, other.entry_);
      return *this;
    }
    ~Ref() {
      if (entry_ == nullptr) return;
      --entry_->holders;
      entry_->last_used = entry_->clock->Monotonic();
    }

    explicit operator bool() const { return entry_ != nullptr; }
    Scope* get() const { return &entry_->scope; }
    Scope* operator->() const { return get(); }
    Scope& operator*() const { return *get(); }

   private:
    friend class ScopeMap;
    explicit Ref(Entry* entry) : entry_(entry) { ++entry_->holders; }

    Entry* entry_ = nullptr;
  };

  explicit ScopeMap(Options options) : options_(std::move(options)) {
    overflow_.labels = options_.overflow_labels + (options_.overflow_labels.empty() ? "" : ",") +
                       "overflow=\"true\"";
    overflow_.clock = options_.clock;
  }
  ScopeMap(const ScopeMap&) = delete;
  ScopeMap& operator=(const ScopeMap&) = delete;

  // The scope of `labels` (LabelText), made where there is none yet.
  Ref Get(absl::string_view labels) {
    const auto it = scopes_.find(labels);
    if (it != scopes_.end()) return Ref(it->second.get());
    if (scopes_.size() >= options_.scopes_max) EvictIdle();
    if (scopes_.size() >= options_.scopes_max) {
      absl::MutexLock lock(&mutex_);
      overflow_used_ = true;
      return Ref(&overflow_);
    }
    auto entry = std::make_unique<Entry>();
    entry->labels = std::string(labels);
    entry->clock = options_.clock;
    Ref ref(entry.get());
    const absl::string_view key = entry->labels;
    absl::MutexLock lock(&mutex_);
    scopes_.emplace(key, std::move(entry));
    return ref;
  }

  // Drops what is idle, as the class comment says. For a periodic timer; Get() does it when full.
  void EvictIdle() {
    const absl::Duration now = options_.clock->Monotonic();
    absl::MutexLock lock(&mutex_);
    for (auto it = scopes_.begin(); it != scopes_.end();) {
      if (scopes_.size() <= options_.scopes_max / 2) return;
      const auto current = it++;
      const Entry& entry = *current->second;
      if (entry.holders > 0 || now - entry.last_used < options_.retain_idle) continue;
      overflow_.scope.MergeFrom(entry.scope);
      overflow_used_ = true;
      scopes_.erase(current);
    }
  }

  // Label sets besides the overflow's.
  size_t size() const { return scopes_.size(); }

 private:
  template <typename S>
  friend class FamilyWriter;

  const Options options_;
  // Guards the map's shape against a scrape; the owner's thread alone changes it.
  mutable absl::Mutex mutex_;
  // Keys view the entries' labels.
  absl::flat_hash_map<absl::string_view, std::unique_ptr<Entry>> scopes_;
  Entry overflow_;
  bool overflow_used_ = false;
};

// A family whose samples are cells of a Scope.
template <typename Scope>
struct Family {
  FamilyDoc doc;
  void (*write)(const Scope& scope, absl::string_view labels, TextWriter* writer);
};

// Writes families over the scopes of several maps: the workers' maps of one scheme, and the maps
// of other schemes that share the families. Scopes with equal labels are added up.
template <typename S>
class FamilyWriter {
 public:
  static void Write(const std::vector<Family<S>>& families,
                    const std::vector<const ScopeMap<S>*>& maps,
                    TextWriter* writer) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    for (const ScopeMap<S>* map : maps) map->mutex_.ReaderLock();
    std::vector<Line> lines = Collect(maps);
    std::vector<std::unique_ptr<S>> sums;
    if (maps.size() > 1) lines = AddUp(std::move(lines), &sums);
    for (const Family<S>& family : families) {
      writer->Begin(family.doc);
      for (const Line& line : lines) family.write(*line.scope, line.labels, writer);
    }
    for (const ScopeMap<S>* map : maps) map->mutex_.ReaderUnlock();
  }

 private:
  struct Line {
    absl::string_view labels;
    const S* scope;
  };

  static std::vector<Line> Collect(const std::vector<const ScopeMap<S>*>& maps) {
    std::vector<Line> lines;
    for (const ScopeMap<S>* map : maps) {
      for (const auto& [labels, entry] : map->scopes_) lines.push_back({labels, &entry->scope});
      if (map->overflow_used_) lines.push_back({map->overflow_.labels, &map->overflow_.scope});
    }
    // A stable order makes two scrapes comparable and compresses well.
    std::sort(lines.begin(), lines.end(),
              [](const Line& a, const Line& b) { return a.labels < b.labels; });
    return lines;
  }

  static std::vector<Line> AddUp(std::vector<Line> lines, std::vector<std::unique_ptr<S>>* sums) {
    std::vector<Line> result;
    for (size_t i = 0; i < lines.size();) {
      size_t end = i + 1;
      while (end < lines.size() && lines[end].labels == lines[i].labels) ++end;
      Line line = lines[i];
      if (end - i > 1) {
        S* const sum = sums->emplace_back(std::make_unique<S>()).get();
        for (size_t j = i; j < end; ++j) sum->MergeFrom(*lines[j].scope);
        line.scope = sum;
      }
      result.push_back(line);
      i = end;
    }
    return result;
  }
};

}  // namespace gossamer::metrics

#endif  // LIB_METRICS_SCOPE_MAP_H_
