// How calls end that do not end well.

#include <string>

#include "lib/status/status_macros.h"
#include "tests/interop/grpc/cases.h"
#include "tests/interop/grpc/expect.h"
#include "tests/interop/grpc/metadata.h"

namespace gossamer::interop {
namespace {

constexpr int kUnknown = 2;

v1::EndStatus End(int code, const std::string& message, int details_bytes = 0) {
  v1::EndStatus end;
  end.set_code(code);
  end.set_message(message);
  end.set_details_bytes(details_bytes);
  return end;
}

absl::Status ExpectEnd(const grpc::Status& status, const v1::EndStatus& end) {
  GOSSAMER_RETURN_IF_ERROR(
      ExpectCode("the call", status, static_cast<grpc::StatusCode>(end.code())));
  GOSSAMER_RETURN_IF_ERROR(ExpectEqual("its message", status.error_message(), end.message()));
  return ExpectTrue("its details are whole",
                    status.error_details() == std::string(end.details_bytes(), kDetailsByte));
}

absl::Status EndUnary(const Peer& peer, const v1::EndStatus& end) {
  PatientContext context;
  v1::UnaryRequest request;
  *request.mutable_end() = end;
  v1::UnaryResponse response;
  return ExpectEnd(peer.stub->UnaryCall(&context, request, &response), end);
}

absl::Status EndStream(const Peer& peer, const v1::EndStatus& end) {
  PatientContext context;
  const auto stream = peer.stub->FullDuplexCall(&context);
  v1::StreamRequest request;
  *request.mutable_end() = end;
  stream->Write(request);
  stream->WritesDone();
  v1::StreamResponse response;
  GOSSAMER_RETURN_IF_ERROR(ExpectTrue("no response comes", !stream->Read(&response)));
  return ExpectEnd(stream->Finish(), end);
}

absl::Status StatusCodeAndMessage(const Peer& peer) {
  const v1::EndStatus end = End(kUnknown, "test status message");
  GOSSAMER_RETURN_IF_ERROR(EndUnary(peer, end));
  return EndStream(peer, end);
}

// Control characters, and one and two words of UTF-16: all travel percent-encoded.
absl::Status SpecialStatusMessage(const Peer& peer) {
  return EndUnary(peer, End(kUnknown,
                            "\t\nblanks before\r\nUnicode \xe2\x98\xba and "
                            "\xf0\x9f\x98\x88 and %41\t\n"));
}

absl::Status EveryStatusCode(const Peer& peer) {
  for (int code = 1; code <= 16; ++code) {
    GOSSAMER_RETURN_IF_ERROR(EndUnary(peer, End(code, absl::StrCat("code ", code))));
  }
  return absl::OkStatus();
}

// As rich errors have: base64 makes a third more of them.
absl::Status LargeTrailers(const Peer& peer) {
  for (int kilobytes : {4, 12, 40}) {
    const v1::EndStatus end = End(kUnknown, absl::StrCat(kilobytes, " KiB"), kilobytes * 1024);
    GOSSAMER_RETURN_IF_ERROR(EndUnary(peer, end));
    GOSSAMER_RETURN_IF_ERROR(EndStream(peer, end));
  }
  return absl::OkStatus();
}

// A status after messages: in trailers that follow a body, rather than in the only head.
absl::Status StatusAfterMessages(const Peer& peer) {
  PatientContext context;
  v1::StreamRequest request;
  for (int i = 0; i < 3; ++i) request.add_response_bytes(1000);
  *request.mutable_end() = End(kUnknown, "after three", 6000);
  const auto reader = peer.stub->StreamingOutputCall(&context, request);
  v1::StreamResponse response;
  int responses = 0;
  while (reader->Read(&response)) ++responses;
  GOSSAMER_RETURN_IF_ERROR(ExpectEqual("responses", responses, 3));
  return ExpectEnd(reader->Finish(), request.end());
}

absl::Status UnimplementedMethod(const Peer& peer) {
  PatientContext context;
  v1::Empty response;
  return ExpectCode("UnimplementedCall", peer.stub->UnimplementedCall(&context, {}, &response),
                    grpc::StatusCode::UNIMPLEMENTED);
}

absl::Status UnimplementedService(const Peer& peer) {
  PatientContext context;
  v1::Empty response;
  const auto stub = v1::UnimplementedService::NewStub(peer.channel);
  return ExpectCode("UnimplementedCall", stub->UnimplementedCall(&context, {}, &response),
                    grpc::StatusCode::UNIMPLEMENTED);
}

}  // namespace

std::vector<Case> StatusCases() {
  return {
      {"status_code_and_message", StatusCodeAndMessage},
      {"special_status_message", SpecialStatusMessage},
      {"every_status_code", EveryStatusCode},
      {"status_after_messages", StatusAfterMessages},
      {"large_trailers", LargeTrailers},
      {"unimplemented_method", UnimplementedMethod},
      {"unimplemented_service", UnimplementedService},
  };
}

}  // namespace gossamer::interop
