#include "lib/config/values.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace gossamer::config {
namespace {

bool IsDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

template <typename T>
absl::Status Take(absl::StatusOr<T> value, T* out) {
  if (!value.ok()) return value.status();
  *out = *std::move(value);
  return absl::OkStatus();
}

// Parses each item of a comma-separated list with T::Parse; an empty text is an empty list.
template <typename T>
absl::Status ParseList(absl::string_view text, bool strip, absl::string_view expected,
                       std::vector<T>* out) {
  std::vector<T> items;
  if (!text.empty()) {
    for (absl::string_view item : absl::StrSplit(text, ',')) {
      absl::StatusOr<T> value = T::Parse(strip ? absl::StripAsciiWhitespace(item) : item);
      if (!value.ok()) {
        return absl::InvalidArgumentError(
            absl::StrCat("expected ", expected, ", not '", item, "'"));
      }
      items.push_back(*std::move(value));
    }
  }
  *out = std::move(items);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text) {
  struct Unit {
    absl::string_view name;
    absl::Duration value;
  };
  // Longest first: every unit but the first is one letter.
  static constexpr Unit kUnits[] = {{"ms", absl::Milliseconds(1)},
                                    {"s", absl::Seconds(1)},
                                    {"m", absl::Minutes(1)},
                                    {"h", absl::Hours(1)},
                                    {"d", absl::Hours(24)}};
  const absl::string_view trimmed = absl::StripAsciiWhitespace(text);
  if (trimmed == "0") return absl::ZeroDuration();
  for (const Unit& unit : kUnits) {
    absl::string_view number = trimmed;
    if (!absl::ConsumeSuffix(&number, unit.name)) continue;
    int64_t count = 0;
    if (!IsDigits(number) || !absl::SimpleAtoi(number, &count)) break;
    return count * unit.value;
  }
  return absl::InvalidArgumentError(
      "expected a duration: an integer with the unit ms, s, m, h or d, such as 300ms or 10s");
}

absl::StatusOr<uint64_t> ParseCount(absl::string_view text, uint64_t max) {
  uint64_t value = 0;
  if (IsDigits(text) && absl::SimpleAtoi(text, &value) && value <= max) return value;
  return absl::InvalidArgumentError(absl::StrCat("expected an integer from 0 to ", max));
}

KeyValues ParseKeyValueLines(absl::string_view text) {
  KeyValues result;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    const size_t equals = line.find('=');
    if (equals == absl::string_view::npos || equals == 0) continue;
    absl::string_view value = absl::StripAsciiWhitespace(line.substr(equals + 1));
    while (absl::ConsumePrefix(&value, "\"")) {
    }
    while (absl::ConsumeSuffix(&value, "\"")) {
    }
    result.emplace_back(absl::StripAsciiWhitespace(line.substr(0, equals)), value);
  }
  return result;
}

absl::Status ParseValue(absl::string_view text, std::string* out) {
  *out = std::string(text);
  return absl::OkStatus();
}

absl::Status ParseValue(absl::string_view text, absl::Duration* out) {
  return Take(ParseDuration(text), out);
}

absl::Status ParseValue(absl::string_view text, bool* out) {
  if (text != "true" && text != "false")
    return absl::InvalidArgumentError("expected true or false");
  *out = text == "true";
  return absl::OkStatus();
}

absl::Status ParseValue(absl::string_view text, double* out) {
  // SimpleAtod would take hexadecimal, blanks, inf and nan.
  const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(c) || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
  });
  double value = 0;
  if (!plain || !absl::SimpleAtod(text, &value) || !std::isfinite(value)) {
    return absl::InvalidArgumentError("expected a decimal number such as 0.5");
  }
  *out = value;
  return absl::OkStatus();
}

absl::Status ParseValue(absl::string_view text, PortSet* out) {
  return Take(PortSet::Parse(text), out);
}

absl::Status ParseValue(absl::string_view text, DnsSuffixes* out) {
  return Take(DnsSuffixes::Parse(text), out);
}

absl::Status ParseValue(absl::string_view text, ControlAddress* out) {
  return Take(ControlAddress::Parse(text), out);
}

absl::Status ParseValue(absl::string_view text, net::SocketAddress* out) {
  const absl::StatusOr<net::SocketAddress> address = net::SocketAddress::Parse(text);
  if (!address.ok()) {
    return absl::InvalidArgumentError(
        "expected an IP address with a port, such as 0.0.0.0:4143 or [::]:4143");
  }
  *out = *address;
  return absl::OkStatus();
}

absl::Status ParseValue(absl::string_view text, std::vector<net::IpAddress>* out) {
  return ParseList(text, /*strip=*/false, "IP addresses with commas and no blanks between them",
                   out);
}

absl::Status ParseValue(absl::string_view text, std::vector<net::IpNetwork>* out) {
  return ParseList(text, /*strip=*/true, "networks such as 10.0.0.0/8 with commas between them",
                   out);
}

absl::Status ParseValue(absl::string_view text, std::vector<net::SocketAddress>* out) {
  return ParseList(text, /*strip=*/true,
                   "IP addresses with ports, such as 127.0.0.1:4140,[::1]:4140", out);
}

absl::Status ParseValue(absl::string_view text, KeyValues* out) {
  *out = ParseKeyValueLines(text);
  return absl::OkStatus();
}

}  // namespace gossamer::config
