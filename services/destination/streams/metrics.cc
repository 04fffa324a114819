#include "services/destination/streams/metrics.h"

namespace gossamer::destination {
namespace {

prometheus::Gauge* AddGauge(prometheus::Registry* registry, const char* name, const char* help) {
  return &prometheus::BuildGauge().Name(name).Help(help).Register(*registry).Add({});
}

prometheus::Counter* AddCounter(prometheus::Registry* registry, const char* name,
                                const char* help) {
  return &prometheus::BuildCounter().Name(name).Help(help).Register(*registry).Add({});
}

}  // namespace

Metrics::Metrics(prometheus::Registry* registry) {
  auto& streams = prometheus::BuildGauge()
                      .Name("destination_streams")
                      .Help("Clients' streams that are open.")
                      .Register(*registry);
  auto& answers = prometheus::BuildGauge()
                      .Name("destination_answers")
                      .Help("Distinct answers that are kept up to date for streams.")
                      .Register(*registry);
  auto& built = prometheus::BuildCounter()
                    .Name("destination_answers_built_total")
                    .Help("Answers made, for a first stream or because of a change.")
                    .Register(*registry);
  auto& changed = prometheus::BuildCounter()
                      .Name("destination_answers_changed_total")
                      .Help("Answers that came out different and were told to their streams.")
                      .Register(*registry);
  for (const char* kind : {"Get", "GetProfile", "WatchPort", "Watch", "other"}) {
    const std::map<std::string, std::string> labels = {{"method", kind}};
    kinds_[kind] = {&streams.Add(labels), &answers.Add(labels), &built.Add(labels),
                    &changed.Add(labels)};
  }
  refused_ = AddCounter(registry, "destination_streams_refused_total",
                        "Streams refused because too many were open.");
  skipped_ = AddCounter(registry, "destination_states_skipped_total",
                        "States that slow clients never saw, counted when their streams ended.");
  objects_ = AddGauge(registry, "source_objects", "Objects of the cluster that are known.");
  ignored_ = AddGauge(registry, "source_objects_ignored",
                      "Objects passed over because the mesh does not read their kind.");
  files_ = AddGauge(registry, "source_files", "Manifests in the folder.");
  files_refused_ = AddGauge(registry, "source_files_refused",
                            "Manifests with a fault, served from their last good state.");
  problems_ = AddCounter(registry, "source_problems_total", "Faults found in manifests.");
}

Metrics::OfKind* Metrics::ForKind(const std::string& kind) {
  const auto found = kinds_.find(kind);
  return found == kinds_.end() ? &kinds_.at("other") : &found->second;
}

void Metrics::Source(const source::Stats& stats) {
  objects_->Set(static_cast<double>(stats.objects));
  ignored_->Set(static_cast<double>(stats.ignored));
  files_->Set(static_cast<double>(stats.inputs));
  files_refused_->Set(static_cast<double>(stats.inputs_refused));
  problems_->Increment(static_cast<double>(stats.problems) - problems_->Value());
}

}  // namespace gossamer::destination
