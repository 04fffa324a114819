#ifndef SERVICES_DESTINATION_POLICY_ROUTES_H_
#define SERVICES_DESTINATION_POLICY_ROUTES_H_

#include "api/http_route/v1/http_route.pb.h"
#include "api/meta/v1/meta.pb.h"
#include "lib/k8s/http_route.h"

// The parts of an HTTPRoute that inbound and outbound policies have in common.
namespace gossamer::destination {

// Whether the route holds for this parent: it names it, and whoever judges routes did not refuse it
// there. A route without any judgement holds, since a folder of manifests has no judge.
bool IsAccepted(const k8s::HttpRoute& route, const k8s::HttpRoute::ParentRef& parent);

// `*.example.com` is a suffix of labels, anything else an exact name.
void TranslateHost(const std::string& hostname, io::linkerd::proxy::http_route::HostMatch* to);
void TranslateMatch(const k8s::HttpRoute::Match& match,
                    io::linkerd::proxy::http_route::HttpRouteMatch* to);
void TranslateRedirect(const k8s::HttpRoute::Redirect& redirect,
                       io::linkerd::proxy::http_route::RequestRedirect* to);
void SetRouteMetadata(const k8s::HttpRoute& route, io::linkerd::proxy::meta::Metadata* to);

// `Modifier` is RequestHeaderModifier or ResponseHeaderModifier.
template <typename Modifier>
void TranslateHeaders(const k8s::HttpRoute::HeaderModifier& headers, Modifier* to) {
  const auto add = [](const auto& from, auto* headers_to) {
    for (const auto& [name, value] : from) {
      auto* header = headers_to->add_headers();
      header->set_name(name);
      header->set_value(value);
    }
  };
  if (!headers.add.empty()) add(headers.add, to->mutable_add());
  if (!headers.set.empty()) add(headers.set, to->mutable_set());
  for (const std::string& name : headers.remove) to->add_remove(name);
}

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_POLICY_ROUTES_H_
