#ifndef LIB_METRICS_REGISTRY_H_
#define LIB_METRICS_REGISTRY_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "lib/metrics/scope_map.h"
#include "lib/metrics/text_writer.h"

namespace gossamer::metrics {

// Every family of a process in the order of exposition: the kPlain ones, then the kOpenMetrics
// ones.
//
// Owned by main(), which fills it before threads start and before the first Write(); then
// immutable. What is registered is borrowed and must outlive it.
class Registry {
 public:
  Registry() = default;
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // Adds the samples of a map. Maps that give the same families (those of other workers, or of
  // another label scheme) are written together.
  template <typename Scope>
  void Register(Dialect dialect, std::vector<Family<Scope>> families, const ScopeMap<Scope>* map) {
    for (const std::unique_ptr<Group>& group : groups_) {
      auto* const same = dynamic_cast<ScopeGroup<Scope>*>(group.get());
      if (same != nullptr && same->families.front().doc.name == families.front().doc.name) {
        same->maps.push_back(map);
        return;
      }
    }
    auto group = std::make_unique<ScopeGroup<Scope>>();
    group->dialect = dialect;
    group->families = std::move(families);
    group->maps.push_back(map);
    groups_.push_back(std::move(group));
  }

  // Adds families whose values are looked up at each scrape. `write` gets the families in order.
  using WriteSamples =
      std::function<void(const std::vector<FamilyDoc>& families, TextWriter* writer)>;
  void RegisterCallback(Dialect dialect, std::vector<FamilyDoc> families, WriteSamples write);

  // Writes all samples, piece by piece. `sink` must not block: a worker that makes a label set
  // meanwhile waits for it.
  void Write(absl::FunctionRef<void(absl::string_view)> sink) const;

  struct Described {
    Dialect dialect;
    FamilyDoc doc;
  };
  // The families in the order of exposition.
  std::vector<Described> Describe() const;

 private:
  struct Group {
    virtual ~Group() = default;
    virtual void Write(TextWriter* writer) const = 0;
    virtual std::vector<FamilyDoc> Docs() const = 0;
    Dialect dialect = Dialect::kPlain;
  };
  template <typename Scope>
  struct ScopeGroup : Group {
    void Write(TextWriter* writer) const override {
      FamilyWriter<Scope>::Write(families, maps, writer);
    }
    std::vector<FamilyDoc> Docs() const override {
      std::vector<FamilyDoc> docs;
      for (const Family<Scope>& family : families) docs.push_back(family.doc);
      return docs;
    }
    std::vector<Family<Scope>> families;
    std::vector<const ScopeMap<Scope>*> maps;
  };
  struct CallbackGroup : Group {
    void Write(TextWriter* writer) const override { write(families, writer); }
    std::vector<FamilyDoc> Docs() const override { return families; }
    std::vector<FamilyDoc> families;
    WriteSamples write;
  };

  std::vector<std::unique_ptr<Group>> groups_;
};

// A Markdown table a section.
std::string RenderMarkdown(const Registry& registry);

}  // namespace gossamer::metrics

#endif  // LIB_METRICS_REGISTRY_H_
