#ifndef SERVICES_DESTINATION_STREAMS_QUESTIONS_H_
#define SERVICES_DESTINATION_STREAMS_QUESTIONS_H_

#include "absl/status/statusor.h"
#include "api/destination/v1/destination.pb.h"
#include "api/inbound/v1/inbound.pb.h"
#include "api/outbound/v1/outbound.pb.h"
#include "services/destination/settings.h"
#include "services/destination/streams/hub.h"

// Requests as questions to the hub. An error is the answer to a request that makes no sense by
// itself, or asks for a service that is not there; what else the cluster says to it is the
// builder's error. `settings` is borrowed and must outlive the hub.
namespace gossamer::destination {

// Looks up in the hub what the answer depends on of the client's node.
absl::StatusOr<Question> GetQuestion(const io::linkerd::proxy::destination::GetDestination& request,
                                     const Settings& settings, const Hub& hub);
absl::StatusOr<Question> ProfileQuestion(
    const io::linkerd::proxy::destination::GetDestination& request, const Settings& settings);
absl::StatusOr<Question> InboundQuestion(const io::linkerd::proxy::inbound::PortSpec& request,
                                         const Settings& settings);
absl::StatusOr<Question> OutboundQuestion(const io::linkerd::proxy::outbound::TrafficSpec& request,
                                          const Settings& settings);

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_STREAMS_QUESTIONS_H_
