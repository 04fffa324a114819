#include "cli/client/channel.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"

namespace gossamer::cli {
namespace {

constexpr int kReplyBytesMax = 64 << 20;

// True when the channel never reached a server, by gRPC's own texts: a server that is reached may
// say Unavailable as well.
bool IsConnectFailure(const grpc::Status& status) {
  if (status.error_code() != grpc::StatusCode::UNAVAILABLE) return false;
  for (const char* text :
       {"failed to connect to all addresses", "connections to all backends failing",
        "DNS resolution failed", "Socket closed", "Connection reset by peer"}) {
    if (absl::StartsWith(status.error_message(), text)) return true;
  }
  return false;
}

}  // namespace

std::shared_ptr<grpc::Channel> NewChannel(absl::string_view address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kReplyBytesMax);
  // The address is where the user says, whatever proxy the environment names.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel(std::string(address), grpc::InsecureChannelCredentials(),
                                   arguments);
}

absl::Status FromGrpc(const grpc::Status& status, absl::string_view server,
                      absl::string_view address, absl::string_view flag) {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  if (IsConnectFailure(status)) {
    return absl::Status(code, absl::StrCat("cannot connect to ", server, " at ", address,
                                           ": is it running? Give its address with ", flag));
  }
  if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) {
    return absl::Status(code, absl::StrCat("the server at ", address, " is no ", server,
                                           ": give another address with ", flag));
  }
  if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED &&
      status.error_message() == "Deadline Exceeded") {
    return absl::Status(code, absl::StrCat(server, " at ", address, " did not answer in time"));
  }
  return absl::Status(code, absl::StrCat(server, " at ", address, ": ", status.error_message()));
}

}  // namespace gossamer::cli
