// Calls that their client gives up, and calls whose deadline passes: the server is told.

#include <chrono>
#include <string>
#include <thread>

#include "lib/status/status_macros.h"
#include "tests/interop/grpc/cases.h"
#include "tests/interop/grpc/expect.h"

namespace gossamer::interop {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

constexpr auto kCancelled = grpc::StatusCode::CANCELLED;
constexpr auto kDeadlineExceeded = grpc::StatusCode::DEADLINE_EXCEEDED;

// Waits until the server has seen a call with this key end by cancellation.
absl::Status AwaitCancelled(const Peer& peer, const std::string& key,
                            v1::ObservedResponse* observed) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  v1::ObservedRequest request;
  request.set_key(key);
  while (std::chrono::steady_clock::now() < end) {
    PatientContext context;
    GOSSAMER_RETURN_IF_ERROR(
        ExpectOk("Observed", peer.stub->Observed(&context, request, observed)));
    if (observed->cancelled() > 0) return absl::OkStatus();
    std::this_thread::sleep_for(milliseconds(5));
  }
  return absl::InternalError("the server was not told that the call is over");
}

absl::Status CancelAfterBegin(const Peer& peer) {
  PatientContext context;
  v1::StreamingInputResponse response;
  const auto writer = peer.stub->StreamingInputCall(&context, &response);
  context.TryCancel();
  return ExpectCode("StreamingInputCall", writer->Finish(), kCancelled);
}

absl::Status CancelAfterFirstResponse(const Peer& peer) {
  const std::string key = "cancel_after_first_response";
  PatientContext context;
  const auto stream = peer.stub->FullDuplexCall(&context);
  v1::StreamRequest request;
  request.set_key(key);
  request.add_response_bytes(31415);
  GOSSAMER_RETURN_IF_ERROR(ExpectTrue("a request can be written", stream->Write(request)));
  v1::StreamResponse response;
  GOSSAMER_RETURN_IF_ERROR(ExpectTrue("its response comes", stream->Read(&response)));
  context.TryCancel();
  GOSSAMER_RETURN_IF_ERROR(ExpectCode("FullDuplexCall", stream->Finish(), kCancelled));
  v1::ObservedResponse observed;
  return AwaitCancelled(peer, key, &observed);
}

absl::Status TimeoutOnSleepingServer(const Peer& peer) {
  grpc::ClientContext context;
  context.set_deadline(system_clock::now() + milliseconds(1));
  const auto stream = peer.stub->FullDuplexCall(&context);
  v1::StreamRequest request;
  request.set_payload(std::string(27182, 'x'));
  stream->Write(request);
  return ExpectCode("FullDuplexCall", stream->Finish(), kDeadlineExceeded);
}

// The deadline travels, and the server acts on it.
absl::Status DeadlineExpiresAtServer(const Peer& peer) {
  const std::string key = "deadline_expires_at_server";
  constexpr milliseconds kDeadline{400};
  grpc::ClientContext context;
  context.set_deadline(system_clock::now() + kDeadline);
  v1::UnaryRequest request;
  request.set_key(key);
  request.set_wait_for_cancellation(true);
  v1::UnaryResponse response;
  GOSSAMER_RETURN_IF_ERROR(ExpectCode(
      "UnaryCall", peer.stub->UnaryCall(&context, request, &response), kDeadlineExceeded));
  v1::ObservedResponse observed;
  GOSSAMER_RETURN_IF_ERROR(AwaitCancelled(peer, key, &observed));
  return ExpectTrue("the server knew the deadline",
                    observed.deadline_ms() > 0 && observed.deadline_ms() <= kDeadline.count());
}

absl::Status NoDeadlineStaysNone(const Peer& peer) {
  grpc::ClientContext context;
  v1::UnaryResponse response;
  GOSSAMER_RETURN_IF_ERROR(ExpectOk("UnaryCall", peer.stub->UnaryCall(&context, {}, &response)));
  return ExpectEqual("deadline at the server", response.deadline_ms(), -1);
}

}  // namespace

std::vector<Case> CancellationCases() {
  return {
      {"cancel_after_begin", CancelAfterBegin},
      {"cancel_after_first_response", CancelAfterFirstResponse},
      {"timeout_on_sleeping_server", TimeoutOnSleepingServer},
      {"deadline_expires_at_server", DeadlineExpiresAtServer},
      {"no_deadline_stays_none", NoDeadlineStaysNone},
  };
}

}  // namespace gossamer::interop
