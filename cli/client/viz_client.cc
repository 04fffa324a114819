#include "cli/client/viz_client.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/client/channel.h"
#include "grpcpp/client_context.h"

namespace gossamer::cli {
namespace {

namespace viz = linkerd2::viz;

}  // namespace

VizClient::VizClient(std::string address, absl::Duration timeout)
    : address_(std::move(address)),
      timeout_(timeout),
      stub_(viz::Api::NewStub(NewChannel(address_))) {}

absl::StatusOr<std::vector<viz::StatTable>> VizClient::StatSummary(
    const viz::StatSummaryRequest& request) {
  grpc::ClientContext context;
  Prepare(&context);
  viz::StatSummaryResponse response;
  absl::Status status = StatusOf(stub_->StatSummary(&context, request, &response));
  if (!status.ok()) return status;
  if (response.has_error()) return absl::InvalidArgumentError(response.error().error());
  return std::vector<viz::StatTable>(response.ok().stat_tables().begin(),
                                     response.ok().stat_tables().end());
}

absl::StatusOr<viz::ListPodsResponse> VizClient::ListPods(const viz::ListPodsRequest& request) {
  grpc::ClientContext context;
  Prepare(&context);
  viz::ListPodsResponse response;
  absl::Status status = StatusOf(stub_->ListPods(&context, request, &response));
  if (!status.ok()) return status;
  return response;
}

absl::StatusOr<viz::SelfCheckResponse> VizClient::SelfCheck() {
  grpc::ClientContext context;
  Prepare(&context);
  viz::SelfCheckResponse response;
  absl::Status status = StatusOf(stub_->SelfCheck(&context, viz::SelfCheckRequest(), &response));
  if (!status.ok()) return status;
  return response;
}

absl::StatusOr<std::string> VizClient::ServerVersion() {
  grpc::ClientContext context;
  Prepare(&context);
  viz::SelfCheckResponse response;
  absl::Status status = StatusOf(stub_->SelfCheck(&context, viz::SelfCheckRequest(), &response));
  if (!status.ok()) return status;
  const auto& metadata = context.GetServerInitialMetadata();
  const auto it = metadata.find("gossamer-version");
  if (it == metadata.end()) {
    return absl::NotFoundError(
        absl::StrCat("the server at ", address_, " does not say its version"));
  }
  return std::string(it->second.data(), it->second.size());
}

void VizClient::Prepare(grpc::ClientContext* context) const {
  context->set_deadline(absl::ToChronoTime(absl::Now() + timeout_));
}

absl::Status VizClient::StatusOf(const grpc::Status& status) const {
  return FromGrpc(status, "public-api", address_, "--api-addr");
}

}  // namespace gossamer::cli
