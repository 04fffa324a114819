#ifndef PROXY_CONTROL_SERVICE_CONNECTOR_H_
#define PROXY_CONTROL_SERVICE_CONNECTOR_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/random/bit_gen_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/dns/resolver.h"
#include "lib/event/loop.h"
#include "lib/grpc/channel.h"
#include "lib/net/socket.h"
#include "lib/tls/context.h"
#include "proxy/config/config.h"
#include "proxy/transport/dial.h"

namespace gossamer::proxy {

// Connects to a replica of a control-plane service. The name is resolved for every attempt, so that
// a replica that is gone is not called for long; attempts begin at a random address and go on to
// the next one where that fails.
class ServiceConnector final : public rpc::Connector {
 public:
  // The TLS context to use now; not called for services without a server name.
  using ContextSource = std::function<std::shared_ptr<const tls::Context>()>;

  struct Options {
    ControlService service;
    net::SocketOptions socket;
    absl::Duration connect_timeout = absl::Seconds(1);
  };

  // `resolver` and `random` are borrowed and outlive the connector.
  ServiceConnector(event::Loop* loop, Options options, ContextSource context,
                   dns::Resolver* resolver, absl::BitGenRef random);

  void Connect(OnDone done) override;
  void Cancel() override;

 private:
  void OnResolved(absl::StatusOr<std::vector<net::SocketAddress>> addresses);
  void DialNext(absl::Status last_error);
  void Finish(absl::StatusOr<std::unique_ptr<net::ByteStream>> result);

  event::Loop* const loop_;
  const Options options_;
  const ContextSource context_;
  dns::Resolver* const resolver_;
  absl::BitGenRef random_;
  event::Deferred begin_;
  OnDone done_;
  std::vector<net::SocketAddress> candidates_;  // Yet to be tried, last first.
  std::unique_ptr<Dial> dial_;
  // Lets an answer of the resolver find out that nobody waits for it any more.
  std::shared_ptr<bool> waiting_;
};

// The :authority for a service: its name without trailing dot, and its port unless that is 80.
std::string AuthorityOf(const config::ControlAddress& address);

}  // namespace gossamer::proxy

#endif  // PROXY_CONTROL_SERVICE_CONNECTOR_H_
