#include "services/public-api/server.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/log/log.h"
#include "services/public-api/stats/authz.h"
#include "services/public-api/stats/edges.h"
#include "services/public-api/stats/gateways.h"
#include "services/public-api/stats/inventory.h"
#include "services/public-api/stats/stat_summary.h"
#include "services/public-api/stats/top_routes.h"

namespace gossamer::public_api {
namespace {

namespace viz = linkerd2::viz;

constexpr absl::Duration kScrapeIntervalMaxAge = absl::Minutes(1);

// The codes of absl are gRPC's. A query that Prometheus calls malformed was written here, so that
// is no fault of the client's.
grpc::Status ToGrpc(const absl::Status& status) {
  const absl::StatusCode code = status.code() == absl::StatusCode::kInvalidArgument
                                    ? absl::StatusCode::kInternal
                                    : status.code();
  return grpc::Status(static_cast<grpc::StatusCode>(code), std::string(status.message()));
}

void AddResult(const std::string& subsystem, const std::string& description,
               const absl::Status& status, const std::string& prefix,
               viz::SelfCheckResponse* response) {
  viz::CheckResult* result = response->add_results();
  result->set_subsystemname(subsystem);
  result->set_checkdescription(description);
  result->set_status(status.ok() ? viz::OK : viz::ERROR);
  if (!status.ok()) result->set_friendlymessagetouser(absl::StrCat(prefix, status.message()));
}

}  // namespace

VizServer::VizServer(Options options, prom::QueryPool* pool, const ClusterView* cluster)
    : options_(std::move(options)), pool_(pool), cluster_(cluster) {
  CurrentStatsOptions();
}

template <typename Plan, typename Request, typename Response>
grpc::ServerUnaryReactor* VizServer::Answer(grpc::CallbackServerContext* context,
                                            const Request* request, const viz::Resource& resource,
                                            Response* response) {
  grpc::ServerUnaryReactor* reactor = Begin(context);
  absl::StatusOr<Plan> plan = Plan::Plan(*request, CurrentStatsOptions());
  if (!plan.ok()) {
    *response->mutable_error() = ErrorFor(resource, plan.status());
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  std::vector<std::string> queries = plan->Queries();
  Ask(context, reactor, std::move(queries),
      [plan = *std::move(plan), response](absl::Span<const prom::Vector> answers,
                                          const ClusterSnapshot& cluster) {
        *response = plan.Fold(answers, cluster);
      });
  return reactor;
}

grpc::ServerUnaryReactor* VizServer::StatSummary(grpc::CallbackServerContext* context,
                                                 const viz::StatSummaryRequest* request,
                                                 viz::StatSummaryResponse* response) {
  return Answer<public_api::StatSummary>(context, request, request->selector().resource(),
                                         response);
}

grpc::ServerUnaryReactor* VizServer::Edges(grpc::CallbackServerContext* context,
                                           const viz::EdgesRequest* request,
                                           viz::EdgesResponse* response) {
  return Answer<public_api::Edges>(context, request, request->selector().resource(), response);
}

grpc::ServerUnaryReactor* VizServer::Gateways(grpc::CallbackServerContext* context,
                                              const viz::GatewaysRequest* request,
                                              viz::GatewaysResponse* response) {
  return Answer<public_api::Gateways>(context, request, viz::Resource(), response);
}

grpc::ServerUnaryReactor* VizServer::TopRoutes(grpc::CallbackServerContext* context,
                                               const viz::TopRoutesRequest* request,
                                               viz::TopRoutesResponse* response) {
  return Answer<public_api::TopRoutes>(context, request, request->selector().resource(), response);
}

grpc::ServerUnaryReactor* VizServer::Authz(grpc::CallbackServerContext* context,
                                           const viz::AuthzRequest* request,
                                           viz::AuthzResponse* response) {
  return Answer<public_api::Authz>(context, request, request->resource(), response);
}

grpc::ServerUnaryReactor* VizServer::ListPods(grpc::CallbackServerContext* context,
                                              const viz::ListPodsRequest* request,
                                              viz::ListPodsResponse* response) {
  grpc::ServerUnaryReactor* reactor = Begin(context);
  absl::StatusOr<public_api::ListPods> plan = public_api::ListPods::Plan(*request);
  if (!plan.ok()) {
    // This response has no place for an error.
    reactor->Finish(
        grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, std::string(plan.status().message())));
    return reactor;
  }
  std::vector<std::string> queries = plan->Queries();
  Ask(context, reactor, std::move(queries),
      [this, plan = *std::move(plan), response](absl::Span<const prom::Vector> answers,
                                                const ClusterSnapshot& cluster) {
        *response = plan.Fold(answers, cluster, options_.now());
      });
  return reactor;
}

grpc::ServerUnaryReactor* VizServer::ListServices(grpc::CallbackServerContext* context,
                                                  const viz::ListServicesRequest* request,
                                                  viz::ListServicesResponse* response) {
  grpc::ServerUnaryReactor* reactor = Begin(context);
  Ask(context, reactor, {},
      [request, response](absl::Span<const prom::Vector>, const ClusterSnapshot& cluster) {
        *response = public_api::ListServices(*request, cluster);
      });
  return reactor;
}

grpc::ServerUnaryReactor* VizServer::SelfCheck(grpc::CallbackServerContext* context,
                                               const viz::SelfCheckRequest* request,
                                               viz::SelfCheckResponse* response) {
  grpc::ServerUnaryReactor* reactor = Begin(context);
  if (const std::optional<ClusterView::Check> check = cluster_->SelfCheck(); check.has_value()) {
    AddResult(check->subsystem, check->description, check->status, /*prefix=*/"", response);
  }
  pool_->Query({"vector(1)"}, TimeoutOf(*context), [reactor, response](auto answers) {
    AddResult("prometheus", "linkerd viz can talk to Prometheus", answers.status(),
              "Error calling Prometheus from the control plane: ", response);
    reactor->Finish(grpc::Status::OK);
  });
  return reactor;
}

grpc::ServerUnaryReactor* VizServer::Begin(grpc::CallbackServerContext* context) {
  context->AddInitialMetadata("gossamer-version", options_.version);
  return context->DefaultReactor();
}

void VizServer::Ask(grpc::CallbackServerContext* context, grpc::ServerUnaryReactor* reactor,
                    std::vector<std::string> queries, Fold fold) {
  const size_t own = queries.size();
  for (std::string& query : cluster_->Queries()) queries.push_back(std::move(query));
  pool_->Query(std::move(queries), TimeoutOf(*context),
               [this, reactor, own,
                fold = std::move(fold)](absl::StatusOr<std::vector<prom::Vector>> answers) mutable {
                 if (!answers.ok()) {
                   GOSSAMER_LOG(kWarn, "public_api::server", "query failed",
                                {"error", answers.status()});
                   return reactor->Finish(ToGrpc(answers.status()));
                 }
                 const absl::Span<const prom::Vector> all = *answers;
                 absl::StatusOr<std::shared_ptr<const ClusterSnapshot>> cluster =
                     cluster_->Snapshot(all.subspan(own));
                 if (!cluster.ok()) return reactor->Finish(ToGrpc(cluster.status()));
                 fold(all.subspan(0, own), **cluster);
                 reactor->Finish(grpc::Status::OK);
               });
}

absl::Duration VizServer::TimeoutOf(const grpc::CallbackServerContext& context) const {
  // Both ends of the subtraction are the system's clock, as gRPC gives the deadline in it.
  return std::min(options_.timeout, absl::FromChrono(context.deadline()) - absl::Now());
}

StatsOptions VizServer::CurrentStatsOptions() {
  StatsOptions stats;
  stats.cluster_domain = options_.cluster_domain;
  {
    absl::MutexLock lock(&mutex_);
    stats.scrape_interval = scrape_interval_;
    const absl::Time now = options_.now();
    if (now - scrape_interval_asked_ < kScrapeIntervalMaxAge) return stats;
    scrape_interval_asked_ = now;
  }
  // Best effort: until Prometheus has told its interval, windows are not compared with it.
  pool_->ScrapeInterval(options_.timeout, [this](absl::StatusOr<absl::Duration> interval) {
    if (!interval.ok()) return;
    absl::MutexLock lock(&mutex_);
    scrape_interval_ = *interval;
  });
  return stats;
}

}  // namespace gossamer::public_api
