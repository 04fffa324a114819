#include "services/destination/policy/routes.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "services/destination/endpoints/http_types.h"

namespace gossamer::destination {

namespace proto = io::linkerd::proxy::http_route;
using k8s::HttpRoute;

bool IsAccepted(const HttpRoute& route, const HttpRoute::ParentRef& parent) {
  if (route.statuses.empty()) return true;
  return std::any_of(route.statuses.begin(), route.statuses.end(), [&](const auto& status) {
    return status.accepted && status.parent.ref.name == parent.ref.name &&
           status.parent.ref.kind == parent.ref.kind &&
           status.parent.ref.group == parent.ref.group && status.parent.port == parent.port;
  });
}

void TranslateHost(const std::string& hostname, proto::HostMatch* to) {
  absl::string_view rest = hostname;
  if (!absl::ConsumePrefix(&rest, "*.")) {
    to->set_exact(hostname);
    return;
  }
  const std::vector<std::string> labels = absl::StrSplit(rest, '.');
  for (auto label = labels.rbegin(); label != labels.rend(); ++label) {
    to->mutable_suffix()->add_reverse_labels(*label);
  }
}

void TranslateMatch(const HttpRoute::Match& match, proto::HttpRouteMatch* to) {
  switch (match.path_type) {
    case HttpRoute::MatchType::kExact:
      to->mutable_path()->set_exact(match.path);
      break;
    case HttpRoute::MatchType::kPrefix:
      to->mutable_path()->set_prefix(match.path);
      break;
    case HttpRoute::MatchType::kRegex:
      to->mutable_path()->set_regex(match.path);
      break;
  }
  const auto set_value = [](const HttpRoute::ValueMatch& from, auto* value) {
    value->set_name(from.name);
    if (from.type == HttpRoute::MatchType::kRegex) {
      value->set_regex(from.value);
    } else {
      value->set_exact(from.value);
    }
  };
  for (const auto& header : match.headers) set_value(header, to->add_headers());
  for (const auto& param : match.query_params) set_value(param, to->add_query_params());
  if (!match.method.empty()) SetMethod(match.method, to->mutable_method());
}

void TranslateRedirect(const HttpRoute::Redirect& redirect, proto::RequestRedirect* to) {
  if (!redirect.scheme.empty()) SetScheme(redirect.scheme, to->mutable_scheme());
  to->set_host(redirect.hostname);
  to->set_port(static_cast<uint32_t>(redirect.port));
  to->set_status(static_cast<uint32_t>(redirect.status_code));
  if (redirect.replace_full_path) to->mutable_path()->set_full(*redirect.replace_full_path);
  if (redirect.replace_prefix) to->mutable_path()->set_prefix(*redirect.replace_prefix);
}

void SetRouteMetadata(const HttpRoute& route, io::linkerd::proxy::meta::Metadata* to) {
  auto* resource = to->mutable_resource();
  resource->set_group(route.group);
  resource->set_kind("HTTPRoute");
  resource->set_name(route.meta.name);
  resource->set_namespace_(route.meta.namespace_name);
}

}  // namespace gossamer::destination
