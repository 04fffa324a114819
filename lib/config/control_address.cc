#include "lib/config/control_address.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/config/dns_suffixes.h"

namespace gossamer::config {

absl::StatusOr<ControlAddress> ControlAddress::Parse(absl::string_view text) {
  ControlAddress address;
  if (const absl::StatusOr<net::SocketAddress> socket = net::SocketAddress::Parse(text);
      socket.ok()) {
    address.ip = socket->ip();
    address.port = socket->port();
    return address;
  }
  const size_t colon = std::min(text.rfind(':'), text.size());
  const absl::string_view name = text.substr(0, colon);
  const absl::string_view port = absl::StripPrefix(text.substr(colon), ":");
  const bool digits = !port.empty() && std::all_of(port.begin(), port.end(), absl::ascii_isdigit);
  uint32_t number = 0;
  if (!IsDnsName(name) || !digits || !absl::SimpleAtoi(port, &number) || number > 65535) {
    return absl::InvalidArgumentError(
        "expected a name or an IP address with a port, such as dst.linkerd.svc.cluster.local.:8086 "
        "or 127.0.0.1:8086");
  }
  address.name = std::string(name);
  address.port = static_cast<uint16_t>(number);
  return address;
}

bool ControlAddress::IsLoopback() const {
  if (ip) return ip->IsLoopback();
  return absl::EqualsIgnoreCase(absl::StripSuffix(name, "."), "localhost");
}

std::string ControlAddress::ToString() const {
  if (ip) return net::SocketAddress(*ip, port).ToString();
  return absl::StrCat(name, ":", port);
}

}  // namespace gossamer::config
