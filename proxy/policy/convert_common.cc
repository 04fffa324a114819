#include "proxy/policy/convert_common.h"

#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "lib/status/status_macros.h"

namespace gossamer::proxy {
namespace {

namespace http_route = io::linkerd::proxy::http_route;

absl::StatusOr<std::shared_ptr<const RE2>> CompileRegex(const std::string& text) {
  RE2::Options options;
  options.set_log_errors(false);
  auto regex = std::make_shared<const RE2>(text, options);
  if (!regex->ok()) {
    return absl::InvalidArgumentError(absl::StrCat("regex '", text, "': ", regex->error()));
  }
  return regex;
}

absl::StatusOr<PathMatch> ConvertPath(const http_route::PathMatch& message) {
  PathMatch path;
  switch (message.kind_case()) {
    case http_route::PathMatch::kExact:
      path.kind = PathMatch::Kind::kExact;
      path.text = message.exact();
      return path;
    case http_route::PathMatch::kPrefix:
      path.text = std::string(absl::StripSuffix(message.prefix(), "/"));
      if (path.text.empty()) path.text = "/";
      return path;
    case http_route::PathMatch::kRegex: {
      path.kind = PathMatch::Kind::kRegex;
      GOSSAMER_ASSIGN_OR_RETURN(path.regex, CompileRegex(message.regex()));
      return path;
    }
    case http_route::PathMatch::KIND_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("a path match says nothing");
}

template <typename Message>
absl::StatusOr<NamedMatch> ConvertNamed(const Message& message) {
  if (message.name().empty()) return absl::InvalidArgumentError("a match has no name");
  NamedMatch match;
  match.name = message.name();
  switch (message.value_case()) {
    case Message::kExact:
      match.value.exact = message.exact();
      return match;
    case Message::kRegex: {
      GOSSAMER_ASSIGN_OR_RETURN(match.value.regex, CompileRegex(message.regex()));
      return match;
    }
    case Message::VALUE_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError(absl::StrCat("the match of ", match.name, " has no value"));
}

absl::StatusOr<NamedMatch> ConvertHeaderMatch(const http_route::HeaderMatch& message) {
  absl::StatusOr<NamedMatch> match = ConvertNamed(message);
  if (match.ok()) absl::AsciiStrToLower(&match->name);
  return match;
}

absl::StatusOr<std::string> ConvertMethod(
    const io::linkerd::proxy::http_types::HttpMethod& method) {
  using Method = io::linkerd::proxy::http_types::HttpMethod;
  if (method.type_case() == Method::kUnregistered && !method.unregistered().empty()) {
    return method.unregistered();
  }
  if (method.type_case() != Method::kRegistered) {
    return absl::InvalidArgumentError("a method match says nothing");
  }
  constexpr std::array<absl::string_view, 9> kNames = {
      "GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "HEAD", "TRACE"};
  const auto index = static_cast<size_t>(method.registered());
  if (index >= kNames.size()) return absl::InvalidArgumentError("unknown method");
  return std::string(kNames[index]);
}

template <typename Message>
absl::Status SetRatio(const Message& message, InjectedFailure* failure) {
  failure->message = message.message();
  if (!message.has_ratio()) return absl::OkStatus();
  failure->numerator = message.ratio().numerator();
  failure->denominator = message.ratio().denominator();
  if (failure->denominator == 0 || failure->numerator > failure->denominator) {
    return absl::InvalidArgumentError(
        absl::StrCat("a failure's ratio is ", failure->numerator, "/", failure->denominator));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<net::IpAddress> ConvertIp(const io::linkerd::proxy::net::IPAddress& message) {
  using Ip = io::linkerd::proxy::net::IPAddress;
  if (message.ip_case() == Ip::kIpv4) return net::IpAddress::V4(message.ipv4());
  if (message.ip_case() != Ip::kIpv6) return absl::InvalidArgumentError("an IP address is empty");
  std::array<uint8_t, 16> octets;
  for (int i = 0; i < 8; ++i) {
    octets[i] = static_cast<uint8_t>(message.ipv6().first() >> (56 - 8 * i));
    octets[8 + i] = static_cast<uint8_t>(message.ipv6().last() >> (56 - 8 * i));
  }
  return net::IpAddress::V6(octets);
}

absl::StatusOr<net::SocketAddress> ConvertAddress(
    const io::linkerd::proxy::net::TcpAddress& message) {
  GOSSAMER_ASSIGN_OR_RETURN(const net::IpAddress ip, ConvertIp(message.ip()));
  if (message.port() == 0 || message.port() > 65535) {
    return absl::InvalidArgumentError(absl::StrCat("port ", message.port()));
  }
  return net::SocketAddress(ip, static_cast<uint16_t>(message.port()));
}

absl::StatusOr<net::IpNetwork> ConvertNetwork(const io::linkerd::proxy::net::IPNetwork& message) {
  GOSSAMER_ASSIGN_OR_RETURN(const net::IpAddress ip, ConvertIp(message.ip()));
  if (message.prefix_len() > (ip.is_v4() ? 32u : 128u)) {
    return absl::InvalidArgumentError(absl::StrCat("prefix length ", message.prefix_len()));
  }
  return net::IpNetwork(ip, static_cast<int>(message.prefix_len()));
}

absl::StatusOr<Metadata> ConvertMetadata(const io::linkerd::proxy::meta::Metadata& message) {
  using Meta = io::linkerd::proxy::meta::Metadata;
  if (message.kind_case() == Meta::kDefault) return Metadata::Default(message.default_());
  if (message.kind_case() != Meta::kResource) {
    return absl::InvalidArgumentError("metadata says nothing");
  }
  const auto& resource = message.resource();
  Metadata metadata;
  metadata.group = resource.group();
  metadata.kind = resource.kind();
  metadata.name = resource.name();
  metadata.ns = resource.namespace_();
  metadata.section = resource.section();
  metadata.port = static_cast<uint16_t>(resource.port());
  return metadata;
}

absl::StatusOr<absl::Duration> ConvertDuration(const google::protobuf::Duration& message) {
  constexpr int64_t kMaxSeconds = 315'576'000'000;  // Of google.protobuf.Duration.
  constexpr int32_t kMaxNanos = 999'999'999;
  if (message.seconds() < 0 || message.seconds() > kMaxSeconds || message.nanos() < 0 ||
      message.nanos() > kMaxNanos) {
    return absl::InvalidArgumentError(
        absl::StrCat("duration of ", message.seconds(), " s and ", message.nanos(), " ns"));
  }
  return absl::Seconds(message.seconds()) + absl::Nanoseconds(message.nanos());
}

absl::StatusOr<RequestMatch> ConvertMatch(const http_route::HttpRouteMatch& message) {
  RequestMatch match;
  if (message.has_path()) {
    GOSSAMER_ASSIGN_OR_RETURN(match.path, ConvertPath(message.path()));
  }
  GOSSAMER_ASSIGN_OR_RETURN(match.headers,
                            ConvertAll<NamedMatch>(message.headers(), ConvertHeaderMatch));
  GOSSAMER_ASSIGN_OR_RETURN(
      match.query_params,
      ConvertAll<NamedMatch>(message.query_params(), ConvertNamed<http_route::QueryParamMatch>));
  if (message.has_method()) {
    GOSSAMER_ASSIGN_OR_RETURN(match.method, ConvertMethod(message.method()));
  }
  return match;
}

absl::StatusOr<RequestMatch> ConvertMatch(
    const io::linkerd::proxy::grpc_route::GrpcRouteMatch& message) {
  if (!message.has_rpc()) return absl::InvalidArgumentError("a gRPC match has no rpc");
  RequestMatch match;
  match.grpc = true;
  match.grpc_service = message.rpc().service();
  match.grpc_method = message.rpc().method();
  GOSSAMER_ASSIGN_OR_RETURN(match.headers,
                            ConvertAll<NamedMatch>(message.headers(), ConvertHeaderMatch));
  return match;
}

absl::StatusOr<InjectedFailure> ConvertFailure(const http_route::HttpFailureInjector& message) {
  if (message.status() < 100 || message.status() > 999) {
    return absl::InvalidArgumentError(absl::StrCat("a failure's status is ", message.status()));
  }
  InjectedFailure failure;
  failure.status = static_cast<int>(message.status());
  GOSSAMER_RETURN_IF_ERROR(SetRatio(message, &failure));
  return failure;
}

absl::StatusOr<InjectedFailure> ConvertFailure(
    const io::linkerd::proxy::grpc_route::GrpcFailureInjector& message) {
  constexpr uint32_t kMaxCode = 65535;
  constexpr uint32_t kLastKnownCode = 16;
  constexpr int kUnknownCode = 2;
  if (message.code() > kMaxCode) {
    return absl::InvalidArgumentError(absl::StrCat("a failure's code is ", message.code()));
  }
  InjectedFailure failure;
  failure.grpc = true;
  failure.status =
      message.code() <= kLastKnownCode ? static_cast<int>(message.code()) : kUnknownCode;
  GOSSAMER_RETURN_IF_ERROR(SetRatio(message, &failure));
  return failure;
}

}  // namespace gossamer::proxy
