#ifndef CLI_CLIENT_CHANNEL_H_
#define CLI_CLIENT_CHANNEL_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "grpcpp/channel.h"
#include "grpcpp/support/status.h"

namespace gossamer::cli {

// A channel to host:port in clear text; it connects when it is used.
std::shared_ptr<grpc::Channel> NewChannel(absl::string_view address);

// A gRPC status as ours. One that says that nobody answers names who should have, where, and the
// flag that changes it.
absl::Status FromGrpc(const grpc::Status& status, absl::string_view server,
                      absl::string_view address, absl::string_view flag);

}  // namespace gossamer::cli

#endif  // CLI_CLIENT_CHANNEL_H_
