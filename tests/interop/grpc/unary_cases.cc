// One request, one response.

#include <string>
#include <utility>

#include "lib/status/status_macros.h"
#include "tests/interop/grpc/cases.h"
#include "tests/interop/grpc/expect.h"
#include "tests/interop/grpc/metadata.h"

namespace gossamer::interop {
namespace {

// The sizes of the public description: several frames, and more than a stream's first window.
constexpr size_t kLargeRequestBytes = 271828;
constexpr int kLargeResponseBytes = 314159;

absl::Status EmptyUnary(const Peer& peer) {
  PatientContext context;
  v1::Empty response;
  return ExpectOk("EmptyCall", peer.stub->EmptyCall(&context, {}, &response));
}

absl::Status CallLarge(const Peer& peer, bool compressed) {
  PatientContext context;
  if (compressed) context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  v1::UnaryRequest request;
  request.set_payload(std::string(kLargeRequestBytes, kPayloadByte));
  request.set_response_bytes(kLargeResponseBytes);
  request.set_compress_response(compressed);
  v1::UnaryResponse response;
  GOSSAMER_RETURN_IF_ERROR(
      ExpectOk("UnaryCall", peer.stub->UnaryCall(&context, request, &response)));
  GOSSAMER_RETURN_IF_ERROR(
      ExpectEqual("bytes at the server", response.request_bytes(), kLargeRequestBytes));
  return ExpectTrue("the response's payload is what the server sent",
                    response.payload() == std::string(kLargeResponseBytes, kPayloadByte));
}

absl::Status LargeUnary(const Peer& peer) { return CallLarge(peer, /*compressed=*/false); }
absl::Status CompressedUnary(const Peer& peer) { return CallLarge(peer, /*compressed=*/true); }

absl::Status CustomMetadata(const Peer& peer) {
  const std::string initial = "test_initial_metadata_value";
  const std::string trailing("\x0a\x0b\x0a\x00\x0a\x0b", 6);  // Binary: travels as base64.
  const auto check = [&](grpc::ClientContext* context) -> absl::Status {
    const auto& first = context->GetServerInitialMetadata();
    const auto& last = context->GetServerTrailingMetadata();
    const auto in_first = first.find(kEchoInitial);
    const auto in_last = last.find(kEchoTrailing);
    GOSSAMER_RETURN_IF_ERROR(ExpectTrue("initial metadata came", in_first != first.end()));
    GOSSAMER_RETURN_IF_ERROR(ExpectTrue("trailing metadata came", in_last != last.end()));
    GOSSAMER_RETURN_IF_ERROR(
        ExpectTrue("initial metadata is whole",
                   std::string(in_first->second.data(), in_first->second.size()) == initial));
    return ExpectTrue("trailing metadata is whole",
                      std::string(in_last->second.data(), in_last->second.size()) == trailing);
  };

  PatientContext unary;
  unary.AddMetadata(kEchoInitial, initial);
  unary.AddMetadata(kEchoTrailing, trailing);
  v1::UnaryResponse response;
  GOSSAMER_RETURN_IF_ERROR(ExpectOk("UnaryCall", peer.stub->UnaryCall(&unary, {}, &response)));
  GOSSAMER_RETURN_IF_ERROR(check(&unary));

  PatientContext duplex;
  duplex.AddMetadata(kEchoInitial, initial);
  duplex.AddMetadata(kEchoTrailing, trailing);
  const auto stream = peer.stub->FullDuplexCall(&duplex);
  stream->WritesDone();
  GOSSAMER_RETURN_IF_ERROR(ExpectOk("FullDuplexCall", stream->Finish()));
  return check(&duplex);
}

// As many as a server that ends its connections after 200 ms needs to end several.
absl::Status CallsOutliveConnections(const Peer& peer) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  for (int calls = 0; std::chrono::steady_clock::now() < end; ++calls) {
    PatientContext context;
    v1::UnaryRequest request;
    request.set_response_bytes(1000);
    v1::UnaryResponse response;
    GOSSAMER_RETURN_IF_ERROR(
        ExpectOk(absl::StrCat("call ", calls), peer.stub->UnaryCall(&context, request, &response)));
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<Case> UnaryCases() {
  return {
      {"empty_unary", EmptyUnary},
      {"large_unary", LargeUnary},
      {"compressed_unary", CompressedUnary},
      {"custom_metadata", CustomMetadata},
      {"calls_outlive_connections", CallsOutliveConnections},
  };
}

}  // namespace gossamer::interop
