#ifndef LIB_NET_IP_H_
#define LIB_NET_IP_H_

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace gossamer::net {

// An IPv4 or IPv6 address, by value. IPv4-mapped IPv6 addresses (::ffff:a.b.c.d) are kept as
// IPv4, so that the two spellings of one client compare equal. Scope ids are not carried.
class IpAddress {
 public:
  // 0.0.0.0.
  IpAddress() = default;

  // InvalidArgument, with the text, where it is not a literal address.
  static absl::StatusOr<IpAddress> Parse(absl::string_view text);
  // `value` is the address as a number: 10.1.2.3 is 0x0A010203.
  static IpAddress V4(uint32_t value);
  // 16 octets in network order.
  static IpAddress V6(const std::array<uint8_t, 16>& octets);

  bool is_v4() const { return v4_; }
  // Valid for IPv4 only.
  uint32_t v4_value() const;
  // 16 octets in network order; an IPv4 address in its mapped form.
  const std::array<uint8_t, 16>& octets() const { return octets_; }

  bool IsLoopback() const;
  bool IsUnspecified() const;
  std::string ToString() const;

  friend bool operator==(const IpAddress& a, const IpAddress& b) {
    return a.v4_ == b.v4_ && a.octets_ == b.octets_;
  }
  friend bool operator!=(const IpAddress& a, const IpAddress& b) { return !(a == b); }
  friend bool operator<(const IpAddress& a, const IpAddress& b) {
    return std::make_pair(!a.v4_, a.octets_) < std::make_pair(!b.v4_, b.octets_);
  }
  template <typename H>
  friend H AbslHashValue(H h, const IpAddress& ip) {
    return H::combine(std::move(h), ip.octets_);
  }

 private:
  std::array<uint8_t, 16> octets_ = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};
  bool v4_ = true;
};

// An address and a TCP port, by value.
class SocketAddress {
 public:
  SocketAddress() = default;
  SocketAddress(const IpAddress& ip, uint16_t port) : ip_(ip), port_(port) {}

  // "10.1.2.3:80" or "[fd00::1]:80"; no host names.
  static absl::StatusOr<SocketAddress> Parse(absl::string_view text);
  // AF_INET or AF_INET6; anything else gives 0.0.0.0:0.
  static SocketAddress From(const sockaddr_storage& storage);

  const IpAddress& ip() const { return ip_; }
  uint16_t port() const { return port_; }
  // Fills `storage`; returns the length to pass to the kernel.
  socklen_t ToSockaddr(sockaddr_storage* storage) const;
  std::string ToString() const;

  friend bool operator==(const SocketAddress& a, const SocketAddress& b) {
    return a.port_ == b.port_ && a.ip_ == b.ip_;
  }
  friend bool operator!=(const SocketAddress& a, const SocketAddress& b) { return !(a == b); }
  friend bool operator<(const SocketAddress& a, const SocketAddress& b) {
    return a.ip_ < b.ip_ || (a.ip_ == b.ip_ && a.port_ < b.port_);
  }
  template <typename H>
  friend H AbslHashValue(H h, const SocketAddress& a) {
    return H::combine(std::move(h), a.ip_, a.port_);
  }

 private:
  IpAddress ip_;
  uint16_t port_ = 0;
};

// A CIDR block, by value.
class IpNetwork {
 public:
  // 0.0.0.0/0.
  IpNetwork() = default;
  // `prefix_bits` beyond the family's width counts as the whole width.
  IpNetwork(const IpAddress& ip, int prefix_bits);

  // "10.0.0.0/8", "fd00::/8", or a lone address. Host bits may be set and are ignored.
  static absl::StatusOr<IpNetwork> Parse(absl::string_view text);

  bool Contains(const IpAddress& ip) const;
  const IpAddress& ip() const { return ip_; }
  int prefix_bits() const { return prefix_bits_; }
  std::string ToString() const;

  friend bool operator==(const IpNetwork& a, const IpNetwork& b) {
    return a.prefix_bits_ == b.prefix_bits_ && a.ip_ == b.ip_;
  }

 private:
  IpAddress ip_;
  int prefix_bits_ = 0;
};

}  // namespace gossamer::net

#endif  // LIB_NET_IP_H_
