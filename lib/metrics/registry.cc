#include "lib/metrics/registry.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace gossamer::metrics {

void Registry::RegisterCallback(Dialect dialect, std::vector<FamilyDoc> families,
                                WriteSamples write) {
  auto group = std::make_unique<CallbackGroup>();
  group->dialect = dialect;
  group->families = std::move(families);
  group->write = std::move(write);
  groups_.push_back(std::move(group));
}

void Registry::Write(absl::FunctionRef<void(absl::string_view)> sink) const {
  for (Dialect dialect : {Dialect::kPlain, Dialect::kOpenMetrics}) {
    TextWriter writer(dialect, sink);
    for (const std::unique_ptr<Group>& group : groups_) {
      if (group->dialect == dialect) group->Write(&writer);
    }
    if (dialect == Dialect::kOpenMetrics) writer.End();
  }
}

std::vector<Registry::Described> Registry::Describe() const {
  std::vector<Described> result;
  for (Dialect dialect : {Dialect::kPlain, Dialect::kOpenMetrics}) {
    for (const std::unique_ptr<Group>& group : groups_) {
      if (group->dialect != dialect) continue;
      for (FamilyDoc& doc : group->Docs()) result.push_back({dialect, std::move(doc)});
    }
  }
  return result;
}

std::string RenderMarkdown(const Registry& registry) {
  constexpr absl::string_view kTypes[] = {"counter", "gauge", "histogram"};
  std::string out;
  bool first = true;
  Dialect section = Dialect::kPlain;
  for (const Registry::Described& family : registry.Describe()) {
    if (first || family.dialect != section) {
      absl::StrAppend(
          &out, first ? "" : "\n",
          family.dialect == Dialect::kPlain ? "## First section\n" : "## Second section\n",
          "\n| family | type | labels | meaning |\n| --- | --- | --- | --- |\n");
    }
    first = false;
    section = family.dialect;
    absl::StrAppend(
        &out, "| `", family.doc.name, "` | ", kTypes[static_cast<size_t>(family.doc.type)], " | ",
        absl::StrReplaceAll(family.doc.labels, {{"|", "\\|"}}), " | ", family.doc.help, " |\n");
  }
  return out;
}

}  // namespace gossamer::metrics
