#ifndef SERVICES_PUBLIC_API_SERVER_H_
#define SERVICES_PUBLIC_API_SERVER_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "api/viz/v1/viz.grpc.pb.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "lib/prometheus/query_pool.h"
#include "lib/prometheus/vector.h"
#include "services/public-api/cluster/cluster_view.h"
#include "services/public-api/stats/target.h"

namespace gossamer::public_api {

// The gRPC service linkerd2.viz.Api: gRPC in, queries and folding out.
//
// Never blocks a thread of gRPC: a method plans its queries, hands them to the pool and finishes on
// one of the pool's threads. Bad requests are answered as a ResourceError where the response has
// one, else as InvalidArgument; a Prometheus that fails is Unavailable or DeadlineExceeded.
// Every reply carries this service's version as the metadata "gossamer-version".
class VizServer final : public linkerd2::viz::Api::CallbackService {
 public:
  struct Options {
    std::string cluster_domain = "cluster.local";
    // The longest that a request may take, if its client would wait longer still.
    absl::Duration timeout = absl::Seconds(20);
    std::string version;
    std::function<absl::Time()> now = absl::Now;
  };

  // `pool` and `cluster` are borrowed; the pool must be destroyed before this, and the gRPC server
  // shut down before the pool.
  VizServer(Options options, prom::QueryPool* pool, const ClusterView* cluster);

  grpc::ServerUnaryReactor* StatSummary(grpc::CallbackServerContext* context,
                                        const linkerd2::viz::StatSummaryRequest* request,
                                        linkerd2::viz::StatSummaryResponse* response) override;
  grpc::ServerUnaryReactor* Edges(grpc::CallbackServerContext* context,
                                  const linkerd2::viz::EdgesRequest* request,
                                  linkerd2::viz::EdgesResponse* response) override;
  grpc::ServerUnaryReactor* Gateways(grpc::CallbackServerContext* context,
                                     const linkerd2::viz::GatewaysRequest* request,
                                     linkerd2::viz::GatewaysResponse* response) override;
  grpc::ServerUnaryReactor* TopRoutes(grpc::CallbackServerContext* context,
                                      const linkerd2::viz::TopRoutesRequest* request,
                                      linkerd2::viz::TopRoutesResponse* response) override;
  grpc::ServerUnaryReactor* ListPods(grpc::CallbackServerContext* context,
                                     const linkerd2::viz::ListPodsRequest* request,
                                     linkerd2::viz::ListPodsResponse* response) override;
  grpc::ServerUnaryReactor* ListServices(grpc::CallbackServerContext* context,
                                         const linkerd2::viz::ListServicesRequest* request,
                                         linkerd2::viz::ListServicesResponse* response) override;
  grpc::ServerUnaryReactor* SelfCheck(grpc::CallbackServerContext* context,
                                      const linkerd2::viz::SelfCheckRequest* request,
                                      linkerd2::viz::SelfCheckResponse* response) override;
  grpc::ServerUnaryReactor* Authz(grpc::CallbackServerContext* context,
                                  const linkerd2::viz::AuthzRequest* request,
                                  linkerd2::viz::AuthzResponse* response) override;

 private:
  using Fold = absl::AnyInvocable<void(absl::Span<const prom::Vector>, const ClusterSnapshot&)>;

  grpc::ServerUnaryReactor* Begin(grpc::CallbackServerContext* context);
  // Asks the queries and those of the cluster's view, folds, and finishes the call.
  void Ask(grpc::CallbackServerContext* context, grpc::ServerUnaryReactor* reactor,
           std::vector<std::string> queries, Fold fold);
  // Plans, asks and folds for the methods whose malformed requests are answered in the response.
  template <typename Plan, typename Request, typename Response>
  grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context, const Request* request,
                                   const linkerd2::viz::Resource& resource, Response* response);
  absl::Duration TimeoutOf(const grpc::CallbackServerContext& context) const;
  // What is known of the scrape interval; asks for it anew when that is old.
  StatsOptions CurrentStatsOptions();

  const Options options_;
  prom::QueryPool* const pool_;
  const ClusterView* const cluster_;
  absl::Mutex mutex_;
  absl::Duration scrape_interval_ ABSL_GUARDED_BY(mutex_) = absl::ZeroDuration();
  absl::Time scrape_interval_asked_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace gossamer::public_api

#endif  // SERVICES_PUBLIC_API_SERVER_H_
