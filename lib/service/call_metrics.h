#ifndef LIB_SERVICE_CALL_METRICS_H_
#define LIB_SERVICE_CALL_METRICS_H_

#include <memory>
#include <string>
#include <vector>

#include "grpcpp/support/server_interceptor.h"
#include "prometheus/registry.h"

namespace gossamer::service {

// Counts the calls of a gRPC server under the names that dashboards of gRPC services know:
//
//   grpc_server_started_total{grpc_type, grpc_service, grpc_method}
//   grpc_server_handled_total{grpc_type, grpc_service, grpc_method, grpc_code}
//   grpc_server_handling_seconds{grpc_type, grpc_service, grpc_method}
//
// Only methods of `services`, by full name, are counted, so that a caller cannot make up labels. A
// call that its client cancelled counts as Canceled. The factory is given to a ServerBuilder;
// `registry` outlives the server.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> NewCallMetricsFactory(
    const std::vector<std::string>& services, prometheus::Registry* registry);

}  // namespace gossamer::service

#endif  // LIB_SERVICE_CALL_METRICS_H_
