#ifndef LIB_DNS_RESOLVER_H_
#define LIB_DNS_RESOLVER_H_

#include <ares.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/event/loop.h"
#include "lib/net/ip.h"

namespace gossamer::dns {

// Looks names up with c-ares on an event loop: /etc/hosts and the servers of /etc/resolv.conf.
// Bound to the loop's thread. Nothing is cached: who asks decides how often.
class Resolver {
 public:
  // The addresses of a service, at least one. NotFound where the name has none; Unavailable where
  // no server answered.
  using OnResolved =
      absl::AnyInvocable<void(absl::StatusOr<std::vector<net::SocketAddress>> addresses)>;

  static absl::StatusOr<std::unique_ptr<Resolver>> Create(event::Loop* loop);
  // Outstanding lookups are told Cancelled.
  ~Resolver();

  // Asks for the name's SRV records first, whose targets may spell their address in the first label
  // (10-1-2-3.web.ns.svc.cluster.local); where there are none, for its A and AAAA records with
  // `port`. A trailing dot makes the name absolute. `done` may run within the call.
  void Resolve(absl::string_view name, uint16_t port, OnResolved done);

 private:
  struct Lookup;
  class Socket;

  explicit Resolver(event::Loop* loop);
  void OnSocketState(ares_socket_t fd, bool readable, bool writable);
  void Process(ares_socket_t readable, ares_socket_t writable);
  void ArmTimer();
  void AskForAddresses(std::unique_ptr<Lookup> lookup);

  event::Loop* const loop_;
  ares_channel channel_ = nullptr;
  event::Timer timer_;
  absl::flat_hash_map<ares_socket_t, std::unique_ptr<Socket>> sockets_;
};

// The address that a name's first label spells, with '-' for '.' or ':'; for SRV targets.
absl::StatusOr<net::IpAddress> AddressInFirstLabel(absl::string_view name);

}  // namespace gossamer::dns

#endif  // LIB_DNS_RESOLVER_H_
