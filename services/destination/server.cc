#include "services/destination/server.h"

#include <vector>

#include "absl/status/statusor.h"
#include "api/destination/v1/destination.grpc.pb.h"
#include "api/inbound/v1/inbound.grpc.pb.h"
#include "api/outbound/v1/outbound.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "services/destination/stream.h"
#include "services/destination/streams/questions.h"

namespace gossamer::destination {
namespace {

namespace dst = io::linkerd::proxy::destination;
namespace in = io::linkerd::proxy::inbound;
namespace out = io::linkerd::proxy::outbound;

using WriteReactor = grpc::ServerWriteReactor<grpc::ByteBuffer>;

// The methods are raw: requests are read here, and answers are bytes that streams share.
class DestinationService final
    : public dst::Destination::WithRawCallbackMethod_Get<
          dst::Destination::WithRawCallbackMethod_GetProfile<dst::Destination::Service>> {
 public:
  DestinationService(const Settings& settings, Hub* hub) : settings_(settings), hub_(hub) {}

  WriteReactor* Get(grpc::CallbackServerContext*, const grpc::ByteBuffer* bytes) override {
    const auto request = ReadRequest<dst::GetDestination>(*bytes);
    if (!request.ok()) return Stream::Start(request.status(), hub_);
    return Stream::Start(GetQuestion(*request, settings_, *hub_), hub_);
  }
  WriteReactor* GetProfile(grpc::CallbackServerContext*, const grpc::ByteBuffer* bytes) override {
    const auto request = ReadRequest<dst::GetDestination>(*bytes);
    if (!request.ok()) return Stream::Start(request.status(), hub_);
    return Stream::Start(ProfileQuestion(*request, settings_), hub_);
  }

 private:
  const Settings& settings_;
  Hub* hub_;
};

// Answers a method that wants a policy once.
grpc::ServerUnaryReactor* AnswerOnce(grpc::CallbackServerContext* context,
                                     const absl::StatusOr<Question>& question, Hub* hub,
                                     grpc::ByteBuffer* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  absl::StatusOr<std::shared_ptr<const Snapshot>> answer =
      question.ok() ? hub->Ask(*question)
                    : absl::StatusOr<std::shared_ptr<const Snapshot>>(question.status());
  if (answer.ok()) *response = ToByteBuffer((*answer)->MessagesFrom(nullptr)[0]);
  reactor->Finish(ToGrpcStatus(answer.status()));
  return reactor;
}

class InboundService final : public in::InboundServerPolicies::WithRawCallbackMethod_GetPort<
                                 in::InboundServerPolicies::WithRawCallbackMethod_WatchPort<
                                     in::InboundServerPolicies::Service>> {
 public:
  InboundService(const Settings& settings, Hub* hub) : settings_(settings), hub_(hub) {}

  grpc::ServerUnaryReactor* GetPort(grpc::CallbackServerContext* context,
                                    const grpc::ByteBuffer* bytes,
                                    grpc::ByteBuffer* response) override {
    return AnswerOnce(context, AsQuestion(*bytes), hub_, response);
  }
  WriteReactor* WatchPort(grpc::CallbackServerContext*, const grpc::ByteBuffer* bytes) override {
    return Stream::Start(AsQuestion(*bytes), hub_);
  }

 private:
  absl::StatusOr<Question> AsQuestion(const grpc::ByteBuffer& bytes) const {
    const auto request = ReadRequest<in::PortSpec>(bytes);
    if (!request.ok()) return request.status();
    return InboundQuestion(*request, settings_);
  }

  const Settings& settings_;
  Hub* hub_;
};

class OutboundService final
    : public out::OutboundPolicies::WithRawCallbackMethod_Get<
          out::OutboundPolicies::WithRawCallbackMethod_Watch<out::OutboundPolicies::Service>> {
 public:
  OutboundService(const Settings& settings, Hub* hub) : settings_(settings), hub_(hub) {}

  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context, const grpc::ByteBuffer* bytes,
                                grpc::ByteBuffer* response) override {
    return AnswerOnce(context, AsQuestion(*bytes), hub_, response);
  }
  WriteReactor* Watch(grpc::CallbackServerContext*, const grpc::ByteBuffer* bytes) override {
    return Stream::Start(AsQuestion(*bytes), hub_);
  }

 private:
  absl::StatusOr<Question> AsQuestion(const grpc::ByteBuffer& bytes) const {
    const auto request = ReadRequest<out::TrafficSpec>(bytes);
    if (!request.ok()) return request.status();
    return OutboundQuestion(*request, settings_);
  }

  const Settings& settings_;
  Hub* hub_;
};

}  // namespace

struct Server::Impl {
  DestinationService destination;
  InboundService inbound;
  OutboundService outbound;
};

Server::Server(const Settings& settings, Hub* hub)
    : impl_(new Impl{{settings, hub}, {settings, hub}, {settings, hub}}) {}

Server::~Server() = default;

std::vector<service::NamedGrpcService> Server::discovery_services() {
  return {{dst::Destination::service_full_name(), &impl_->destination}};
}

std::vector<service::NamedGrpcService> Server::policy_services() {
  return {{in::InboundServerPolicies::service_full_name(), &impl_->inbound},
          {out::OutboundPolicies::service_full_name(), &impl_->outbound}};
}

}  // namespace gossamer::destination
