#ifndef SERVICES_DESTINATION_CLUSTER_TOPICS_H_
#define SERVICES_DESTINATION_CLUSTER_TOPICS_H_

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/net/ip.h"

// What an answer may depend on. A change of the cluster names the topics it touches, and an answer
// those it read; where they meet, the answer is made anew. Each is text such as "service/demo/web".
namespace gossamer::destination {

using Topics = std::set<std::string>;

// A service, its endpoints, and the pods behind them.
inline std::string ServiceTopic(absl::string_view namespace_name, absl::string_view name) {
  return absl::StrCat("service/", namespace_name, "/", name);
}
inline std::string PodTopic(absl::string_view namespace_name, absl::string_view name) {
  return absl::StrCat("pod/", namespace_name, "/", name);
}
// Which services and pods have the address.
inline std::string IpTopic(const net::IpAddress& ip) { return absl::StrCat("ip/", ip.ToString()); }
inline std::string ProfileTopic(absl::string_view namespace_name, absl::string_view name) {
  return absl::StrCat("profile/", namespace_name, "/", name);
}
// The Servers of a namespace.
inline std::string ServersTopic(absl::string_view namespace_name) {
  return absl::StrCat("servers/", namespace_name);
}
// The authorization policies and routes of a namespace that concern servers.
inline std::string AuthorizationsTopic(absl::string_view namespace_name) {
  return absl::StrCat("authorizations/", namespace_name);
}
// The authentications of a namespace.
inline std::string AuthenticationsTopic(absl::string_view namespace_name) {
  return absl::StrCat("authentications/", namespace_name);
}
// The routes whose parent is the service.
inline std::string RoutesTopic(absl::string_view namespace_name, absl::string_view name) {
  return absl::StrCat("routes/", namespace_name, "/", name);
}

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_CLUSTER_TOPICS_H_
