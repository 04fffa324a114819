#ifndef LIB_K8S_OBJECT_H_
#define LIB_K8S_OBJECT_H_

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/k8s/core.h"
#include "lib/k8s/http_route.h"
#include "lib/k8s/meta.h"
#include "lib/k8s/policy.h"
#include "lib/k8s/service_profile.h"
#include "lib/k8s/value.h"

namespace gossamer::k8s {

// Every kind the mesh reads. A new kind is a struct as those in core.h and a word here.
using Resource = std::variant<Service, EndpointSlice, Pod, Namespace, Node, ServiceAccount,
                              ServiceProfile, Server, AuthorizationPolicy, MeshTlsAuthentication,
                              NetworkAuthentication, PolicyHttpRoute, GatewayHttpRoute>;

// An object of the cluster. Immutable and shared, so that it may go from thread to thread; shared
// because a source, an index and what was translated from it all keep it.
struct Object {
  ObjectKey key;
  std::shared_ptr<const Resource> resource;

  // The object as its kind, or nullptr where it is of another.
  template <typename Kind>
  std::shared_ptr<const Kind> As() const {
    const Kind* kind = std::get_if<Kind>(resource.get());
    return std::shared_ptr<const Kind>(kind == nullptr ? nullptr : resource, kind);
  }
};

// The objects of a text, and what is wrong with it.
struct Manifest {
  std::vector<Object> objects;
  int ignored = 0;  // Documents of kinds that the mesh does not read.
  std::vector<TextError> errors;
};

// Reads the objects of a manifest: documents, each an object or a list of them. Unknown kinds and
// fields are passed over. Each error names the line, the object and the field; an object with one
// is left out. Never fails otherwise.
Manifest ParseManifest(absl::string_view text, Format format);

}  // namespace gossamer::k8s

#endif  // LIB_K8S_OBJECT_H_
