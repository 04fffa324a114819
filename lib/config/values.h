#ifndef LIB_CONFIG_VALUES_H_
#define LIB_CONFIG_VALUES_H_

// Value syntaxes of environment variables, chosen by the type of the result. Each parser returns
// InvalidArgument with what it expected, without the text (the caller names variable and value),
// and then leaves `out` as it was.

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/config/control_address.h"
#include "lib/config/dns_suffixes.h"
#include "lib/config/port_set.h"
#include "lib/net/ip.h"

namespace gossamer::config {

// One pair a line in the order given.
using KeyValues = std::vector<std::pair<std::string, std::string>>;

// An integer with a unit: ms, s, m, h or d; blanks around it are ignored; a lone 0 needs no unit.
absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text);
// A decimal integer from 0 to `max`, digits only.
absl::StatusOr<uint64_t> ParseCount(absl::string_view text, uint64_t max);
// `key=value` lines; blanks and double quotes around the value are dropped, and lines without '='
// left out. The same syntax is used in files.
KeyValues ParseKeyValueLines(absl::string_view text);

absl::Status ParseValue(absl::string_view text, std::string* out);
absl::Status ParseValue(absl::string_view text, absl::Duration* out);
// Exactly `true` or `false`.
absl::Status ParseValue(absl::string_view text, bool* out);
// Decimal, finite.
absl::Status ParseValue(absl::string_view text, double* out);
absl::Status ParseValue(absl::string_view text, PortSet* out);
absl::Status ParseValue(absl::string_view text, DnsSuffixes* out);
absl::Status ParseValue(absl::string_view text, ControlAddress* out);
absl::Status ParseValue(absl::string_view text, net::SocketAddress* out);
// A comma-separated list of addresses, blanks not allowed.
absl::Status ParseValue(absl::string_view text, std::vector<net::IpAddress>* out);
// A comma-separated list of CIDR blocks.
absl::Status ParseValue(absl::string_view text, std::vector<net::IpNetwork>* out);
// A comma-separated list of socket addresses.
absl::Status ParseValue(absl::string_view text, std::vector<net::SocketAddress>* out);
absl::Status ParseValue(absl::string_view text, KeyValues* out);

template <typename T>
  requires(std::is_integral_v<T> && std::is_unsigned_v<T> && !std::is_same_v<T, bool>)
absl::Status ParseValue(absl::string_view text, T* out) {
  const absl::StatusOr<uint64_t> value = ParseCount(text, std::numeric_limits<T>::max());
  if (!value.ok()) return value.status();
  *out = static_cast<T>(*value);
  return absl::OkStatus();
}

template <typename T>
absl::Status ParseValue(absl::string_view text, std::optional<T>* out) {
  T value{};
  absl::Status status = ParseValue(text, &value);
  if (status.ok()) *out = std::move(value);
  return status;
}

}  // namespace gossamer::config

#endif  // LIB_CONFIG_VALUES_H_
