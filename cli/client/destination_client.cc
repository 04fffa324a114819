#include "cli/client/destination_client.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/client/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"

namespace gossamer::cli {
namespace {

namespace destination = io::linkerd::proxy::destination;

// A server sends what it knows at once, in as many updates as it likes.
constexpr absl::Duration kQuiet = absl::Milliseconds(300);

}  // namespace

DestinationClient::DestinationClient(std::string address)
    : address_(std::move(address)),
      stub_(destination::Destination::NewStub(NewChannel(address_))) {}

absl::StatusOr<std::vector<destination::WeightedAddrSet>> DestinationClient::Get(
    const std::string& authority, const std::string& context_token, absl::Duration wait) {
  destination::GetDestination request;
  request.set_scheme("http:");
  request.set_path(authority);
  request.set_context_token(context_token);

  // Asynchronous, because a read must end when the stream is merely quiet.
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  grpc::Status status;
  const absl::Time deadline = absl::Now() + wait;
  std::unique_ptr<grpc::ClientAsyncReader<destination::Update>> reader =
      stub_->AsyncGet(&context, request, &queue, /*tag=*/&context);
  std::vector<destination::WeightedAddrSet> sets;
  destination::Update update;
  bool started = false;
  bool updated = false;
  bool is_late = false;
  while (true) {
    void* tag = nullptr;
    bool ok = false;
    const absl::Time until = updated ? std::min(deadline, absl::Now() + kQuiet) : deadline;
    if (queue.AsyncNext(&tag, &ok, absl::ToChronoTime(until)) != grpc::CompletionQueue::GOT_EVENT) {
      is_late = !updated;
      context.TryCancel();
      queue.Next(&tag, &ok);  // The operation under way, now cancelled.
      break;
    }
    if (!ok) break;
    if (started) {
      updated = true;
      if (update.has_add()) sets.push_back(std::move(*update.mutable_add()));
    }
    started = true;
    reader->Read(&update, &update);
  }
  void* tag = nullptr;
  bool ok = false;
  reader->Finish(&status, &status);
  queue.Next(&tag, &ok);
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
  if (updated) return sets;
  if (is_late) {
    return absl::DeadlineExceededError(absl::StrCat("destination at ", address_,
                                                    " said nothing about ", authority, " within ",
                                                    absl::FormatDuration(wait)));
  }
  absl::Status error = FromGrpc(status, "destination", address_, "--destination-addr");
  if (error.ok()) return sets;
  return error;
}

}  // namespace gossamer::cli
