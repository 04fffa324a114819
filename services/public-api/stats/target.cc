#include "services/public-api/stats/target.h"

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "lib/prometheus/window.h"
#include "lib/status/status_macros.h"

namespace gossamer::public_api {
namespace {

// The longest name that Kubernetes gives to an object.
constexpr size_t kNameMax = 253;

constexpr absl::string_view kDefaultWindow = "1m";

std::string LabelOf(ResourceType type) { return std::string(MetricLabel(type)); }

}  // namespace

absl::StatusOr<Target> Target::Parse(const linkerd2::viz::Resource& resource) {
  const std::optional<ResourceType> type = FromCanonicalName(resource.type());
  if (!type.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "unknown resource type \"", absl::CHexEscape(resource.type().substr(0, kNameMax)), "\""));
  }
  for (const std::string* name : {&resource.namespace_(), &resource.name()}) {
    if (name->size() > kNameMax) {
      return absl::InvalidArgumentError(
          absl::StrCat("a name has more than ", kNameMax, " bytes: no object has such a name"));
    }
  }
  return Target{*type, resource.namespace_(), resource.name()};
}

linkerd2::viz::Resource Target::ToResource() const {
  linkerd2::viz::Resource resource;
  resource.set_type(std::string(CanonicalName(type)));
  resource.set_namespace_(namespace_name);
  resource.set_name(name);
  return resource;
}

void Target::SelectAsOwner(prom::Selector* selector) const {
  if (type == ResourceType::kNamespace) {
    if (!name.empty()) selector->Equal("namespace", name);
    return;
  }
  if (!namespace_name.empty()) selector->Equal("namespace", namespace_name);
  if (!name.empty()) selector->Equal(LabelOf(type), name);
}

void Target::SelectAsDestination(prom::Selector* selector) const {
  if (name.empty()) return;
  selector->Equal(absl::StrCat("dst_", MetricLabel(type)), name);
  if (type != ResourceType::kNamespace && !namespace_name.empty()) {
    selector->Equal("dst_namespace", namespace_name);
  }
}

absl::StatusOr<absl::Duration> ParseTimeWindow(absl::string_view text,
                                               const StatsOptions& options) {
  GOSSAMER_ASSIGN_OR_RETURN(const absl::Duration window,
                            prom::ParseWindow(text.empty() ? kDefaultWindow : text));
  if (window < options.scrape_interval) {
    return absl::InvalidArgumentError(
        absl::StrCat("invalid time window: time window (", prom::FormatWindow(window),
                     ") must be at least as long as the Prometheus scrape interval (",
                     prom::FormatWindow(options.scrape_interval), ")"));
  }
  return window;
}

linkerd2::viz::ResourceError ErrorFor(const linkerd2::viz::Resource& resource,
                                      const absl::Status& status) {
  linkerd2::viz::ResourceError error;
  *error.mutable_resource() = resource;
  error.set_error(std::string(status.message()));
  return error;
}

}  // namespace gossamer::public_api
