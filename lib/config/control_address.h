#ifndef LIB_CONFIG_CONTROL_ADDRESS_H_
#define LIB_CONFIG_CONTROL_ADDRESS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/net/ip.h"

namespace gossamer::config {

// Where a control-plane service is: an IP address or a name, with a port. By value.
struct ControlAddress {
  // "10.0.0.1:8086", "[fd00::1]:8086" or "name:8086"; the name may end in a dot.
  static absl::StatusOr<ControlAddress> Parse(absl::string_view text);

  // Loopback addresses and the name localhost: reached without TLS.
  bool IsLoopback() const;
  // As Parse() takes it.
  std::string ToString() const;

  std::string name;  // As given; empty where there is an IP address.
  std::optional<net::IpAddress> ip;
  uint16_t port = 0;
};

}  // namespace gossamer::config

#endif  // LIB_CONFIG_CONTROL_ADDRESS_H_
