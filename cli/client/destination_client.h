#ifndef CLI_CLIENT_DESTINATION_CLIENT_H_
#define CLI_CLIENT_DESTINATION_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "api/destination/v1/destination.grpc.pb.h"
#include "api/destination/v1/destination.pb.h"

namespace gossamer::cli {

// Asks destination as a proxy does. Blocking.
class DestinationClient {
 public:
  // `address` is host:port.
  explicit DestinationClient(std::string address);

  // The sets of addresses added for an authority, up to `wait`; the stream counts as complete once
  // it has been quiet for a moment after its first update.
  absl::StatusOr<std::vector<io::linkerd::proxy::destination::WeightedAddrSet>> Get(
      const std::string& authority, const std::string& context_token, absl::Duration wait);

 private:
  const std::string address_;
  const std::unique_ptr<io::linkerd::proxy::destination::Destination::Stub> stub_;
};

}  // namespace gossamer::cli

#endif  // CLI_CLIENT_DESTINATION_CLIENT_H_
