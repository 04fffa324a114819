#include "proxy/discovery/watchers.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "api/destination/v1/destination.pb.h"
#include "api/inbound/v1/inbound.pb.h"
#include "api/outbound/v1/outbound.pb.h"
#include "lib/log/log.h"
#include "proxy/control/stream_watch.h"
#include "proxy/discovery/endpoints_state.h"
#include "proxy/policy/convert_inbound.h"
#include "proxy/policy/convert_outbound.h"

namespace gossamer::proxy {
namespace {

bool IsBadRequest(const absl::Status& status) {
  return absl::IsInvalidArgument(status) || absl::IsFailedPrecondition(status);
}

bool IsBadRequestOrUnknown(const absl::Status& status) {
  return IsBadRequest(status) || absl::IsNotFound(status) || absl::IsUnimplemented(status);
}

StreamWatch::Options WatchOptions(const WatchContext& context, absl::string_view path,
                                  std::string request, std::string name,
                                  const ControlService& service) {
  StreamWatch::Options options;
  options.path = std::string(path);
  options.request = std::move(request);
  options.name = std::move(name);
  if (!service.address.IsLoopback()) options.limits = context.config->control_streams;
  options.backoff.min = absl::Milliseconds(100);
  options.backoff.max = service.address.IsLoopback() ? absl::Seconds(10) : absl::Seconds(60);
  options.is_final = IsBadRequest;
  return options;
}

template <typename Message>
bool Parse(absl::string_view bytes, Message* message) {
  return message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

class EndpointsWatcher final : public Watcher, private StreamWatch::Observer {
 public:
  EndpointsWatcher(const WatchContext& context, const std::string& path,
                   std::function<void(EndpointSetPtr)> publish)
      : path_(path), publish_(std::move(publish)) {
    io::linkerd::proxy::destination::GetDestination request;
    request.set_path(path);
    request.set_context_token(context.config->destination.context);
    StreamWatch::Options options =
        WatchOptions(context, "/io.linkerd.proxy.destination.Destination/Get",
                     request.SerializeAsString(), path, context.config->destination.service);
    options.reconnects_at_once = false;
    StreamWatch::Observer* self = this;
    watch_.emplace(context.loop, context.destination, std::move(options), *context.random, self);
  }

 private:
  void OnStreamStart() override { state_.OnStreamStart(); }
  bool OnWatchMessage(absl::string_view bytes) override {
    io::linkerd::proxy::destination::Update update;
    if (!Parse(bytes, &update)) return false;
    if (!state_.Apply(update)) return true;
    known_ = true;
    if (state_.changed()) publish_(state_.Snapshot());
    return true;
  }
  void OnWatchFinal(const absl::Status& status) override {
    GOSSAMER_LOG(kWarn, "proxy::discovery", "a destination cannot be resolved", {"path", path_},
                 {"error", status.message()});
    // What was known stays in force.
    if (!known_) publish_(std::make_shared<EndpointSet>());
  }

  const std::string path_;
  const std::function<void(EndpointSetPtr)> publish_;
  EndpointsState state_;
  bool known_ = false;
  std::optional<StreamWatch> watch_;
};

class TargetWatcher final : public Watcher {
 public:
  TargetWatcher(const WatchContext& context, const net::SocketAddress& original,
                std::function<void(OutboundPolicyPtr)> publish)
      : original_(original), publish_(std::move(publish)) {
    const auto& networks = context.config->destination.profile_networks;
    const bool ask_profile =
        std::any_of(networks.begin(), networks.end(),
                    [&](const net::IpNetwork& network) { return network.Contains(original.ip()); });
    profile_known_ = !ask_profile;
    if (ask_profile) StartProfile(context);
    StartPolicy(context);
  }

 private:
  class ProfileObserver final : public StreamWatch::Observer {
   public:
    explicit ProfileObserver(TargetWatcher* self) : self_(self) {}
    bool OnWatchMessage(absl::string_view bytes) override {
      io::linkerd::proxy::destination::DestinationProfile message;
      if (!Parse(bytes, &message)) return false;
      self_->profile_ = ConvertProfile(message);
      self_->profile_known_ = true;
      self_->PublishIfKnown();
      return true;
    }
    // The address has no profile.
    void OnWatchFinal(const absl::Status&) override {
      self_->profile_known_ = true;
      self_->PublishIfKnown();
    }

   private:
    TargetWatcher* const self_;
  };

  class PolicyObserver final : public StreamWatch::Observer {
   public:
    explicit PolicyObserver(TargetWatcher* self) : self_(self) {}
    bool OnWatchMessage(absl::string_view bytes) override {
      io::linkerd::proxy::outbound::OutboundPolicy message;
      if (!Parse(bytes, &message)) return false;
      absl::StatusOr<OutboundPolicy> policy = ConvertOutboundPolicy(message);
      if (!policy.ok()) {
        GOSSAMER_LOG(kWarn, "proxy::outbound", "the policy makes no sense",
                     {"target", self_->original_.ToString()}, {"error", policy.status().message()});
      }
      self_->policy_ = policy.ok() ? *std::move(policy) : InvalidOutboundPolicy();
      self_->policy_known_ = true;
      self_->PublishIfKnown();
      return true;
    }
    void OnWatchFinal(const absl::Status& status) override {
      // Not found: not a service of the mesh. Anything else: this cannot be asked.
      if (IsBadRequest(status) && !self_->policy_known_) {
        self_->policy_ = RefusedOutboundPolicy();
      }
      self_->policy_known_ = true;
      self_->PublishIfKnown();
    }

   private:
    TargetWatcher* const self_;
  };

  void StartProfile(const WatchContext& context) {
    io::linkerd::proxy::destination::GetDestination request;
    request.set_path(original_.ToString());
    request.set_context_token(context.config->destination.context);
    profile_watch_.emplace(
        context.loop, context.destination,
        WatchOptions(context, "/io.linkerd.proxy.destination.Destination/GetProfile",
                     request.SerializeAsString(), original_.ToString(),
                     context.config->destination.service),
        *context.random, &profile_observer_);
  }

  void StartPolicy(const WatchContext& context) {
    io::linkerd::proxy::outbound::TrafficSpec request;
    request.set_source_workload(context.config->policy.workload);
    auto* ip = request.mutable_addr()->mutable_ip();
    if (original_.ip().is_v4()) {
      ip->set_ipv4(original_.ip().v4_value());
    } else {
      uint64_t halves[2] = {0, 0};
      for (int i = 0; i < 16; ++i) halves[i / 8] = halves[i / 8] << 8 | original_.ip().octets()[i];
      ip->mutable_ipv6()->set_first(halves[0]);
      ip->mutable_ipv6()->set_last(halves[1]);
    }
    request.mutable_addr()->set_port(original_.port());
    StreamWatch::Options options = WatchOptions(
        context, "/io.linkerd.proxy.outbound.OutboundPolicies/Watch", request.SerializeAsString(),
        original_.ToString(), context.config->policy.service);
    options.is_final = IsBadRequestOrUnknown;
    policy_watch_.emplace(context.loop, context.policy, std::move(options), *context.random,
                          &policy_observer_);
  }

  void PublishIfKnown() {
    if (!profile_known_ || !policy_known_) return;
    const bool as_is = policy_.has_value() && (policy_->invalid || policy_->refused);
    publish_(std::make_shared<OutboundPolicy>(
        as_is ? *policy_
              : CombinePolicy(original_, policy_.has_value() ? &*policy_ : nullptr,
                              profile_.has_value() ? &*profile_ : nullptr)));
  }

  const net::SocketAddress original_;
  const std::function<void(OutboundPolicyPtr)> publish_;
  bool profile_known_ = false;
  bool policy_known_ = false;
  std::optional<Profile> profile_;
  std::optional<OutboundPolicy> policy_;
  ProfileObserver profile_observer_{this};
  PolicyObserver policy_observer_{this};
  std::optional<StreamWatch> profile_watch_;
  std::optional<StreamWatch> policy_watch_;
};

class PortWatcher final : public Watcher, private StreamWatch::Observer {
 public:
  PortWatcher(const WatchContext& context, uint16_t port,
              std::function<void(ServerPolicyPtr)> publish, std::function<void()> on_answer)
      : port_(port), publish_(std::move(publish)), on_answer_(std::move(on_answer)) {
    publish_(std::make_shared<ServerPolicy>(DefaultServerPolicy(context.config->inbound, port)));
    io::linkerd::proxy::inbound::PortSpec request;
    request.set_workload(context.config->policy.workload);
    request.set_port(port);
    StreamWatch::Observer* self = this;
    watch_.emplace(
        context.loop, context.policy,
        WatchOptions(context, "/io.linkerd.proxy.inbound.InboundServerPolicies/WatchPort",
                     request.SerializeAsString(), absl::StrCat("port ", port),
                     context.config->policy.service),
        *context.random, self);
  }

 private:
  bool OnWatchMessage(absl::string_view bytes) override {
    io::linkerd::proxy::inbound::Server message;
    if (!Parse(bytes, &message)) return false;
    absl::StatusOr<ServerPolicy> policy = ConvertServerPolicy(message);
    if (!policy.ok()) {
      GOSSAMER_LOG(kWarn, "proxy::inbound", "Server misconfigured", {"port", port_},
                   {"error", policy.status().message()});
    }
    publish_(
        std::make_shared<ServerPolicy>(policy.ok() ? *std::move(policy) : InvalidServerPolicy()));
    Answered();
    return true;
  }
  void OnStreamFailed(const absl::Status& status) override {
    // A service without this method will not speak of the port before it is another one.
    if (absl::IsUnimplemented(status)) Answered();
  }
  void OnWatchFinal(const absl::Status& status) override {
    GOSSAMER_LOG(kWarn, "proxy::inbound", "the policy of a port cannot be had; the last one holds",
                 {"port", port_}, {"error", status.message()});
    Answered();
  }

  void Answered() {
    if (on_answer_ != nullptr) std::exchange(on_answer_, nullptr)();
  }

  const uint16_t port_;
  const std::function<void(ServerPolicyPtr)> publish_;
  std::function<void()> on_answer_;  // Null once told.
  std::optional<StreamWatch> watch_;
};

}  // namespace

std::unique_ptr<Watcher> WatchEndpoints(const WatchContext& context, const std::string& path,
                                        std::function<void(EndpointSetPtr)> publish) {
  return std::make_unique<EndpointsWatcher>(context, path, std::move(publish));
}

std::unique_ptr<Watcher> WatchTarget(const WatchContext& context,
                                     const net::SocketAddress& original,
                                     std::function<void(OutboundPolicyPtr)> publish) {
  return std::make_unique<TargetWatcher>(context, original, std::move(publish));
}

std::unique_ptr<Watcher> WatchPort(const WatchContext& context, uint16_t port,
                                   std::function<void(ServerPolicyPtr)> publish,
                                   std::function<void()> on_answer) {
  return std::make_unique<PortWatcher>(context, port, std::move(publish), std::move(on_answer));
}

}  // namespace gossamer::proxy
