#ifndef SERVICES_PUBLIC_API_STATS_OBJECTS_H_
#define SERVICES_PUBLIC_API_STATS_OBJECTS_H_

#include <compare>
#include <cstdint>
#include <map>
#include <string>

#include "services/public-api/cluster/cluster_view.h"
#include "services/public-api/stats/target.h"

namespace gossamer::public_api {

// An object of a type that is known from elsewhere. Namespaces have no namespace.
struct ObjectKey {
  std::string namespace_name;
  std::string name;

  auto operator<=>(const ObjectKey&) const = default;
};

// An object's pods, counted.
struct ObjectPods {
  uint64_t meshed = 0;
  uint64_t running = 0;  // Neither failed nor completed.
  uint64_t failed = 0;
  std::string status;  // Pods only.
};

using Objects = std::map<ObjectKey, ObjectPods>;

// The cluster's objects that `target` and `selector` name, with or without pods.
Objects ObjectsOf(const ClusterSnapshot& cluster, const Target& target,
                  const LabelSelector& selector);

}  // namespace gossamer::public_api

#endif  // SERVICES_PUBLIC_API_STATS_OBJECTS_H_
