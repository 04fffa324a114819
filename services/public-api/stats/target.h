#ifndef SERVICES_PUBLIC_API_STATS_TARGET_H_
#define SERVICES_PUBLIC_API_STATS_TARGET_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "api/viz/v1/viz.pb.h"
#include "lib/prometheus/selector.h"
#include "lib/resource/resource_type.h"

namespace gossamer::public_api {

// What planning a query needs to know besides the request.
struct StatsOptions {
  std::string cluster_domain = "cluster.local";
  // Windows must not be shorter, for they would hold no two samples; zero when not known.
  absl::Duration scrape_interval = absl::ZeroDuration();
};

// What a request names, read: a type, and a namespace and a name that may be empty for all.
struct Target {
  ResourceType type = ResourceType::kAll;
  std::string namespace_name;
  std::string name;

  // InvalidArgument for an unknown type and for names that no object can have.
  static absl::StatusOr<Target> Parse(const linkerd2::viz::Resource& resource);

  linkerd2::viz::Resource ToResource() const;
  // Adds the labels that a proxy's own series carry for the target. A name goes with its type's
  // label, a namespace with its own.
  void SelectAsOwner(prom::Selector* selector) const;
  // Adds the labels of a request's destination. A target without a name selects nothing: that is
  // Linkerd's reading of an unnamed --to.
  void SelectAsDestination(prom::Selector* selector) const;
};

// Reads a request's window; "" is one minute. InvalidArgument when it is malformed or shorter than
// the scrape interval.
absl::StatusOr<absl::Duration> ParseTimeWindow(absl::string_view text, const StatsOptions& options);

// The error of a response for a malformed request: the resource as it was asked, and why not.
linkerd2::viz::ResourceError ErrorFor(const linkerd2::viz::Resource& resource,
                                      const absl::Status& status);

}  // namespace gossamer::public_api

#endif  // SERVICES_PUBLIC_API_STATS_TARGET_H_
