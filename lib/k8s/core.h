#ifndef LIB_K8S_CORE_H_
#define LIB_K8S_CORE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/k8s/field_reader.h"
#include "lib/k8s/meta.h"

// The core kinds, as far as the mesh reads them. Each kind is a plain struct with the names that
// its object.cc entry needs: kGroup, kKind, kNamespaced and Read(), which takes the object's root.
namespace gossamer::k8s {

struct Service {
  static constexpr absl::string_view kGroup = "";
  static constexpr absl::string_view kKind = "Service";
  static constexpr bool kNamespaced = true;

  struct Port {
    std::string name;
    int port = 0;
    PortRef target_port;
    std::string protocol;
    std::optional<std::string> app_protocol;
    bool operator==(const Port&) const = default;
  };

  static Service Read(const FieldReader& root);
  // The port of that number, or nullptr.
  const Port* FindPort(int number) const;
  bool operator==(const Service&) const = default;

  ObjectMeta meta;
  std::string type;
  std::vector<std::string> cluster_ips;  // Without "None"; empty for a headless service.
  std::vector<Port> ports;
  bool internal_traffic_local = false;
};

struct EndpointSlice {
  static constexpr absl::string_view kGroup = "discovery.k8s.io";
  static constexpr absl::string_view kKind = "EndpointSlice";
  static constexpr bool kNamespaced = true;

  struct Port {
    std::string name;
    int port = 0;  // 0 where the slice gives none.
    bool operator==(const Port&) const = default;
  };
  struct Endpoint {
    std::vector<std::string> addresses;
    // What is not said counts as ready, serving and not terminating.
    bool ready = true;
    bool serving = true;
    bool terminating = false;
    std::string hostname;
    std::string node_name;
    std::string zone;
    std::optional<ObjectRef> target;
    std::vector<std::string> hinted_zones;
    bool operator==(const Endpoint&) const = default;
  };

  static EndpointSlice Read(const FieldReader& root);
  // The service the slice belongs to, by its label, else by its owner; "" where neither says.
  std::string ServiceName() const;
  bool operator==(const EndpointSlice&) const = default;

  ObjectMeta meta;
  std::string address_type;
  std::vector<Port> ports;
  std::vector<Endpoint> endpoints;
};

struct Pod {
  static constexpr absl::string_view kGroup = "";
  static constexpr absl::string_view kKind = "Pod";
  static constexpr bool kNamespaced = true;

  struct ContainerPort {
    std::string name;
    int container_port = 0;
    int host_port = 0;
    std::string protocol;
    bool operator==(const ContainerPort&) const = default;
  };
  struct HttpProbe {
    std::string path;
    PortRef port;
    bool operator==(const HttpProbe&) const = default;
  };
  struct Container {
    std::string name;
    std::vector<ContainerPort> ports;
    std::vector<HttpProbe> http_probes;
    // Only the proxy's LINKERD2_PROXY_*_LISTEN_ADDR: nothing else of an environment is of use here,
    // and it may hold secrets.
    StringMap listen_addresses;
    bool operator==(const Container&) const = default;
  };

  static Pod Read(const FieldReader& root);
  // Whether it runs, ready or not: its address is its own.
  bool IsRunning() const { return phase == "Running"; }
  // A container's port of that name, 0 without one.
  int FindPort(absl::string_view port_name) const;
  bool operator==(const Pod&) const = default;

  ObjectMeta meta;
  std::string node_name;
  std::string service_account;  // "default" where the pod names none.
  bool host_network = false;
  std::vector<Container> containers;  // Init containers, which may be sidecars, come first.
  std::string phase;
  std::string host_ip;
  std::vector<std::string> pod_ips;
};

struct Namespace {
  static constexpr absl::string_view kGroup = "";
  static constexpr absl::string_view kKind = "Namespace";
  static constexpr bool kNamespaced = false;

  static Namespace Read(const FieldReader& root);
  bool operator==(const Namespace&) const = default;

  ObjectMeta meta;
};

struct Node {
  static constexpr absl::string_view kGroup = "";
  static constexpr absl::string_view kKind = "Node";
  static constexpr bool kNamespaced = false;

  static Node Read(const FieldReader& root);
  // The value of the zone label, "" without one.
  std::string Zone() const;
  bool operator==(const Node&) const = default;

  ObjectMeta meta;
};

struct ServiceAccount {
  static constexpr absl::string_view kGroup = "";
  static constexpr absl::string_view kKind = "ServiceAccount";
  static constexpr bool kNamespaced = true;

  static ServiceAccount Read(const FieldReader& root);
  bool operator==(const ServiceAccount&) const = default;

  ObjectMeta meta;
};

}  // namespace gossamer::k8s

#endif  // LIB_K8S_CORE_H_
