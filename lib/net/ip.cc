#include "lib/net/ip.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "lib/status/status_macros.h"

namespace gossamer::net {
namespace {

constexpr std::array<uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// SimpleAtoi would take signs and blanks.
bool ParsePlainNumber(absl::string_view text, int max, int* value) {
  if (text.empty() || text.size() > 5) return false;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return false;
  }
  return absl::SimpleAtoi(text, value) && *value <= max;
}

}  // namespace

IpAddress IpAddress::V4(uint32_t value) {
  IpAddress ip;
  for (int i = 0; i < 4; ++i) ip.octets_[12 + i] = static_cast<uint8_t>(value >> (24 - 8 * i));
  return ip;
}

IpAddress IpAddress::V6(const std::array<uint8_t, 16>& octets) {
  IpAddress ip;
  ip.octets_ = octets;
  ip.v4_ = std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), octets.begin());
  return ip;
}

absl::StatusOr<IpAddress> IpAddress::Parse(absl::string_view text) {
  char copy[INET6_ADDRSTRLEN];
  if (!text.empty() && text.size() < sizeof(copy)) {
    std::memcpy(copy, text.data(), text.size());
    copy[text.size()] = '\0';
    in_addr v4;
    if (inet_pton(AF_INET, copy, &v4) == 1) return V4(ntohl(v4.s_addr));
    std::array<uint8_t, 16> v6;
    if (inet_pton(AF_INET6, copy, v6.data()) == 1) return V6(v6);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("'", text, "' is not an IP address such as 10.1.2.3 or fd00::1"));
}

uint32_t IpAddress::v4_value() const {
  return uint32_t{octets_[12]} << 24 | uint32_t{octets_[13]} << 16 | uint32_t{octets_[14]} << 8 |
         octets_[15];
}

bool IpAddress::IsLoopback() const {
  if (v4_) return octets_[12] == 127;
  return std::all_of(octets_.begin(), octets_.end() - 1, [](uint8_t o) { return o == 0; }) &&
         octets_[15] == 1;
}

bool IpAddress::IsUnspecified() const {
  if (v4_) return v4_value() == 0;
  return std::all_of(octets_.begin(), octets_.end(), [](uint8_t o) { return o == 0; });
}

std::string IpAddress::ToString() const {
  char text[INET6_ADDRSTRLEN];
  if (v4_) {
    inet_ntop(AF_INET, octets_.data() + 12, text, sizeof(text));
  } else {
    inet_ntop(AF_INET6, octets_.data(), text, sizeof(text));
  }
  return text;
}

absl::StatusOr<SocketAddress> SocketAddress::Parse(absl::string_view text) {
  const auto invalid = [&] {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "' is not an address such as 10.1.2.3:80 or [fd00::1]:80"));
  };
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return invalid();
  absl::string_view host = text.substr(0, colon);
  int port = 0;
  if (!ParsePlainNumber(text.substr(colon + 1), 65535, &port)) return invalid();
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const absl::StatusOr<IpAddress> ip = IpAddress::Parse(host);
  const bool has_colons = host.find(':') != absl::string_view::npos;
  if (!ip.ok() || has_colons != bracketed) return invalid();
  return SocketAddress(*ip, static_cast<uint16_t>(port));
}

SocketAddress SocketAddress::From(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    return SocketAddress(IpAddress::V4(ntohl(v4.sin_addr.s_addr)), ntohs(v4.sin_port));
  }
  if (storage.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
    std::array<uint8_t, 16> octets;
    std::memcpy(octets.data(), v6.sin6_addr.s6_addr, octets.size());
    return SocketAddress(IpAddress::V6(octets), ntohs(v6.sin6_port));
  }
  return SocketAddress();
}

socklen_t SocketAddress::ToSockaddr(sockaddr_storage* storage) const {
  std::memset(storage, 0, sizeof(*storage));
  if (ip_.is_v4()) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port_);
    v4->sin_addr.s_addr = htonl(ip_.v4_value());
    return sizeof(*v4);
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(storage);
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(port_);
  std::memcpy(v6->sin6_addr.s6_addr, ip_.octets().data(), 16);
  return sizeof(*v6);
}

std::string SocketAddress::ToString() const {
  return ip_.is_v4() ? absl::StrCat(ip_.ToString(), ":", port_)
                     : absl::StrCat("[", ip_.ToString(), "]:", port_);
}

IpNetwork::IpNetwork(const IpAddress& ip, int prefix_bits)
    : prefix_bits_(std::clamp(prefix_bits, 0, ip.is_v4() ? 32 : 128)) {
  std::array<uint8_t, 16> octets = ip.octets();
  const int fixed_bits = prefix_bits_ + (ip.is_v4() ? 96 : 0);
  for (int bit = fixed_bits; bit < 128; ++bit) octets[bit / 8] &= ~(0x80 >> bit % 8);
  ip_ = IpAddress::V6(octets);
}

absl::StatusOr<IpNetwork> IpNetwork::Parse(absl::string_view text) {
  const size_t slash = text.find('/');
  const absl::StatusOr<IpAddress> ip = IpAddress::Parse(text.substr(0, slash));
  int bits = 128;
  const bool bits_ok =
      slash == absl::string_view::npos ||
      (ip.ok() && ParsePlainNumber(text.substr(slash + 1), ip->is_v4() ? 32 : 128, &bits));
  if (!ip.ok() || !bits_ok) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "' is not a network such as 10.0.0.0/8 or fd00::/8"));
  }
  return IpNetwork(*ip, bits);
}

bool IpNetwork::Contains(const IpAddress& ip) const {
  if (ip.is_v4() != ip_.is_v4()) return false;
  const int bits = prefix_bits_ + (ip_.is_v4() ? 96 : 0);
  const auto& a = ip.octets();
  const auto& b = ip_.octets();
  if (!std::equal(a.begin(), a.begin() + bits / 8, b.begin())) return false;
  if (bits % 8 == 0) return true;
  const uint8_t mask = static_cast<uint8_t>(0xff00 >> bits % 8);
  return (a[bits / 8] & mask) == (b[bits / 8] & mask);
}

std::string IpNetwork::ToString() const { return absl::StrCat(ip_.ToString(), "/", prefix_bits_); }

}  // namespace gossamer::net
