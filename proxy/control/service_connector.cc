#include "proxy/control/service_connector.h"

#include <algorithm>
#include <utility>

#include "absl/random/distributions.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/status/annotate.h"

namespace gossamer::proxy {

std::string AuthorityOf(const config::ControlAddress& address) {
  const std::string host = address.ip.has_value()
                               ? net::SocketAddress(*address.ip, 0).ToString()
                               : std::string(absl::StripSuffix(address.name, "."));
  const std::string bare =
      address.ip.has_value() ? std::string(absl::StripSuffix(host, ":0")) : host;
  return address.port == 80 ? bare : absl::StrCat(bare, ":", address.port);
}

ServiceConnector::ServiceConnector(event::Loop* loop, Options options, ContextSource context,
                                   dns::Resolver* resolver, absl::BitGenRef random)
    : loop_(loop),
      options_(std::move(options)),
      context_(std::move(context)),
      resolver_(resolver),
      random_(random),
      begin_(loop, [this] {
        const config::ControlAddress& address = options_.service.address;
        if (address.ip.has_value()) {
          return OnResolved(std::vector{net::SocketAddress(*address.ip, address.port)});
        }
        if (address.IsLoopback()) {
          return OnResolved(
              std::vector{net::SocketAddress(net::IpAddress::V4(0x7f000001), address.port)});
        }
        resolver_->Resolve(address.name, address.port, [this, waiting = waiting_](auto addresses) {
          if (*waiting) OnResolved(std::move(addresses));
        });
      }) {}

void ServiceConnector::Connect(OnDone done) {
  done_ = std::move(done);
  waiting_ = std::make_shared<bool>(true);
  begin_.Schedule();
}

void ServiceConnector::Cancel() {
  if (waiting_ != nullptr) *waiting_ = false;
  begin_.Cancel();
  dial_.reset();
  done_ = nullptr;
}

void ServiceConnector::OnResolved(absl::StatusOr<std::vector<net::SocketAddress>> addresses) {
  *waiting_ = false;
  if (!addresses.ok()) return Finish(addresses.status());
  candidates_ = *std::move(addresses);
  std::shuffle(candidates_.begin(), candidates_.end(), random_);
  DialNext(absl::UnavailableError("no addresses"));
}

void ServiceConnector::DialNext(absl::Status last_error) {
  if (candidates_.empty()) return Finish(std::move(last_error));
  DialTarget target;
  target.address = candidates_.back();
  candidates_.pop_back();
  target.options = options_.socket;
  target.timeout = options_.connect_timeout;
  if (options_.service.server_name.has_value()) {
    target.tls = context_();
    target.server_name = *options_.service.server_name;
    target.expected_id = *options_.service.server_name;
    if (target.tls == nullptr) return Finish(absl::UnavailableError("no certificate yet"));
  }
  dial_ = std::make_unique<Dial>(loop_, std::move(target),
                                 [this](absl::StatusOr<std::unique_ptr<net::ByteStream>> stream) {
                                   loop_->DeleteLater(std::move(dial_));
                                   if (!stream.ok()) return DialNext(stream.status());
                                   Finish(std::move(stream));
                                 });
}

void ServiceConnector::Finish(absl::StatusOr<std::unique_ptr<net::ByteStream>> result) {
  candidates_.clear();
  OnDone done = std::move(done_);
  done_ = nullptr;
  if (result.ok()) return done(std::move(result));
  done(Annotate(result.status(), absl::StrCat("controller ", options_.service.address.ToString())));
}

}  // namespace gossamer::proxy
