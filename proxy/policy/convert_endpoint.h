#ifndef PROXY_POLICY_CONVERT_ENDPOINT_H_
#define PROXY_POLICY_CONVERT_ENDPOINT_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "api/destination/v1/destination.pb.h"
#include "proxy/discovery/endpoint.h"

namespace gossamer::proxy {

// One address of an update, with the labels of its set under its own. InvalidArgument where it has
// no usable address.
absl::StatusOr<Endpoint> ConvertEndpoint(
    const io::linkerd::proxy::destination::WeightedAddr& message,
    const google::protobuf::Map<std::string, std::string>& set_labels);

}  // namespace gossamer::proxy

#endif  // PROXY_POLICY_CONVERT_ENDPOINT_H_
