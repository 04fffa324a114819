#ifndef PROXY_POLICY_METADATA_H_
#define PROXY_POLICY_METADATA_H_

#include <cstdint>
#include <string>

namespace gossamer::proxy {

// Names the resource that a piece of policy comes from; becomes metric labels. Built-in pieces have
// the kind "default" and no group.
struct Metadata {
  std::string group;
  std::string kind = "default";
  std::string name;
  std::string ns;
  std::string section;
  uint16_t port = 0;

  static Metadata Default(std::string name) {
    Metadata metadata;
    metadata.name = std::move(name);
    return metadata;
  }

  friend bool operator==(const Metadata&, const Metadata&) = default;
};

}  // namespace gossamer::proxy

#endif  // PROXY_POLICY_METADATA_H_
