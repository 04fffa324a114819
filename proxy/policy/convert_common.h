#ifndef PROXY_POLICY_CONVERT_COMMON_H_
#define PROXY_POLICY_CONVERT_COMMON_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "api/grpc_route/v1/grpc_route.pb.h"
#include "api/http_route/v1/http_route.pb.h"
#include "api/meta/v1/meta.pb.h"
#include "api/net/v1/net.pb.h"
#include "google/protobuf/duration.pb.h"
#include "lib/net/ip.h"
#include "proxy/policy/metadata.h"
#include "proxy/policy/route_match.h"

// Pieces of the control plane's messages that inbound and outbound policy share, in the proxy's own
// form. InvalidArgument names what makes no sense.
namespace gossamer::proxy {

absl::StatusOr<net::IpAddress> ConvertIp(const io::linkerd::proxy::net::IPAddress& message);
absl::StatusOr<net::SocketAddress> ConvertAddress(
    const io::linkerd::proxy::net::TcpAddress& message);
absl::StatusOr<net::IpNetwork> ConvertNetwork(const io::linkerd::proxy::net::IPNetwork& message);
absl::StatusOr<Metadata> ConvertMetadata(const io::linkerd::proxy::meta::Metadata& message);
// InvalidArgument where it is negative or out of a Duration's range.
absl::StatusOr<absl::Duration> ConvertDuration(const google::protobuf::Duration& message);

// HostMatch of HTTP and SniMatch of TLS routes have the same form.
template <typename Message>
absl::StatusOr<HostMatch> ConvertHost(const Message& message) {
  HostMatch host;
  if (message.match_case() == Message::kExact) {
    host.name = absl::AsciiStrToLower(message.exact());
    return host;
  }
  if (message.match_case() != Message::kSuffix) {
    return absl::InvalidArgumentError("a host match says nothing");
  }
  host.suffix = true;
  const auto& labels = message.suffix().reverse_labels();
  host.name = absl::AsciiStrToLower(absl::StrJoin(labels.rbegin(), labels.rend(), "."));
  return host;
}
absl::StatusOr<RequestMatch> ConvertMatch(
    const io::linkerd::proxy::http_route::HttpRouteMatch& message);
absl::StatusOr<RequestMatch> ConvertMatch(
    const io::linkerd::proxy::grpc_route::GrpcRouteMatch& message);

absl::StatusOr<InjectedFailure> ConvertFailure(
    const io::linkerd::proxy::http_route::HttpFailureInjector& message);
absl::StatusOr<InjectedFailure> ConvertFailure(
    const io::linkerd::proxy::grpc_route::GrpcFailureInjector& message);

template <typename Message>
HeaderModifier ConvertHeaderModifier(const Message& message) {
  HeaderModifier modifier;
  for (const auto& header : message.add().headers()) {
    modifier.add.emplace_back(header.name(), header.value());
  }
  for (const auto& header : message.set().headers()) {
    modifier.set.emplace_back(header.name(), header.value());
  }
  modifier.remove.assign(message.remove().begin(), message.remove().end());
  return modifier;
}

// A filter of any route. One of a kind that is not known stays kUnknown.
template <typename Message>
absl::StatusOr<Filter> ConvertFilter(const Message& message) {
  Filter filter;
  if constexpr (requires { message.has_response_header_modifier(); }) {
    if (message.has_response_header_modifier()) {
      filter.kind = Filter::Kind::kResponseHeaders;
      filter.headers = ConvertHeaderModifier(message.response_header_modifier());
      return filter;
    }
  }
  if (message.has_request_header_modifier()) {
    filter.kind = Filter::Kind::kRequestHeaders;
    filter.headers = ConvertHeaderModifier(message.request_header_modifier());
  } else if (message.has_failure_injector()) {
    absl::StatusOr<InjectedFailure> failure = ConvertFailure(message.failure_injector());
    if (!failure.ok()) return failure.status();
    filter.kind = Filter::Kind::kFailure;
    filter.failure = *std::move(failure);
  }
  return filter;
}

// Converts a repeated field with `convert` (message -> StatusOr<T>).
template <typename T, typename Repeated, typename Convert>
absl::StatusOr<std::vector<T>> ConvertAll(const Repeated& messages, Convert convert) {
  std::vector<T> result;
  for (const auto& message : messages) {
    absl::StatusOr<T> item = convert(message);
    if (!item.ok()) return item.status();
    result.push_back(*std::move(item));
  }
  return result;
}

}  // namespace gossamer::proxy

#endif  // PROXY_POLICY_CONVERT_COMMON_H_
