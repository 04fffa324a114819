#include "services/public-api/stats/objects.h"

#include <set>
#include <utility>

namespace gossamer::public_api {
namespace {

bool Names(const Target& target, const ObjectKey& key) {
  return (target.namespace_name.empty() || key.namespace_name.empty() ||
          target.namespace_name == key.namespace_name) &&
         (target.name.empty() || target.name == key.name);
}

void CountPod(const PodInfo& pod, ObjectPods* pods) {
  if (pod.failed) {
    ++pods->failed;
    return;
  }
  if (pod.succeeded) return;
  ++pods->running;
  if (pod.meshed) ++pods->meshed;
}

class Collector {
 public:
  Collector(const ClusterSnapshot& cluster, const Target& target, const LabelSelector& selector)
      : cluster_(cluster), target_(target), selector_(selector) {}

  Objects Collect() {
    AddDeclared();
    switch (target_.type) {
      case ResourceType::kService:
        AddServices();
        break;
      case ResourceType::kPod:
        AddPods();
        break;
      default:
        AddOwners();
    }
    return std::move(objects_);
  }

 private:
  ObjectPods* Add(const ObjectKey& key) { return Names(target_, key) ? &objects_[key] : nullptr; }

  void AddDeclared() {
    for (const ObjectInfo& object : cluster_.objects) {
      if (object.type != target_.type) continue;
      const ObjectKey key{object.namespace_name, object.name};
      declared_.insert(key);
      if (selector_.Matches(object.labels)) Add(key);
    }
  }

  void AddServices() {
    for (const ServiceInfo& service : cluster_.services) {
      if (!selector_.Matches(service.labels)) continue;
      ObjectPods* pods = Add({service.namespace_name, service.name});
      if (pods == nullptr) continue;
      for (const PodInfo& pod : cluster_.pods) {
        if (pod.namespace_name == service.namespace_name && service.pods.count(pod.name) > 0) {
          CountPod(pod, pods);
        }
      }
    }
  }

  void AddPods() {
    for (const PodInfo& pod : cluster_.pods) {
      if (!selector_.Matches(pod.labels)) continue;
      if (ObjectPods* pods = Add({pod.namespace_name, pod.name}); pods != nullptr) {
        CountPod(pod, pods);
        pods->status = pod.status;
      }
    }
  }

  // Namespaces and workloads are known from their pods as well, and then have their labels.
  void AddOwners() {
    for (const PodInfo& pod : cluster_.pods) {
      ObjectKey key{pod.namespace_name, ""};
      if (target_.type == ResourceType::kNamespace) {
        key = {"", pod.namespace_name};
      } else if (const auto owner = pod.owners.find(target_.type); owner != pod.owners.end()) {
        key.name = owner->second;
      } else {
        continue;
      }
      const bool selected =
          declared_.count(key) > 0 ? objects_.count(key) > 0 : selector_.Matches(pod.labels);
      if (!selected) continue;
      if (ObjectPods* pods = Add(key); pods != nullptr) CountPod(pod, pods);
    }
  }

  const ClusterSnapshot& cluster_;
  const Target& target_;
  const LabelSelector& selector_;
  std::set<ObjectKey> declared_;
  Objects objects_;
};

}  // namespace

Objects ObjectsOf(const ClusterSnapshot& cluster, const Target& target,
                  const LabelSelector& selector) {
  return Collector(cluster, target, selector).Collect();
}

}  // namespace gossamer::public_api
