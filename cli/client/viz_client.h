#ifndef CLI_CLIENT_VIZ_CLIENT_H_
#define CLI_CLIENT_VIZ_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "api/viz/v1/viz.grpc.pb.h"
#include "api/viz/v1/viz.pb.h"

namespace gossamer::cli {

// Asks public-api. Blocking; safe from several threads.
//
// Every call ends within the timeout. An error names the address and says what to do; a
// ResourceError of a response comes back as InvalidArgument with its text alone.
class VizClient {
 public:
  // `address` is host:port.
  explicit VizClient(std::string address, absl::Duration timeout = absl::Seconds(30));

  absl::StatusOr<std::vector<linkerd2::viz::StatTable>> StatSummary(
      const linkerd2::viz::StatSummaryRequest& request);
  absl::StatusOr<linkerd2::viz::ListPodsResponse> ListPods(
      const linkerd2::viz::ListPodsRequest& request);
  absl::StatusOr<linkerd2::viz::SelfCheckResponse> SelfCheck();
  // The version that the server says it has.
  absl::StatusOr<std::string> ServerVersion();

  const std::string& address() const { return address_; }

 private:
  void Prepare(grpc::ClientContext* context) const;
  absl::Status StatusOf(const grpc::Status& status) const;

  const std::string address_;
  const absl::Duration timeout_;
  const std::unique_ptr<linkerd2::viz::Api::Stub> stub_;
};

}  // namespace gossamer::cli

#endif  // CLI_CLIENT_VIZ_CLIENT_H_
