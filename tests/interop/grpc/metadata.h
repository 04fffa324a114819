#ifndef TESTS_INTEROP_GRPC_METADATA_H_
#define TESTS_INTEROP_GRPC_METADATA_H_

namespace gossamer::interop {

// Metadata that the server sends back: as initial metadata, and (binary) in the trailers.
inline constexpr char kEchoInitial[] = "x-grpc-test-echo-initial";
inline constexpr char kEchoTrailing[] = "x-grpc-test-echo-trailing-bin";

// What payloads and the details of a status are made of.
inline constexpr char kPayloadByte = 'p';
inline constexpr char kDetailsByte = '\xd7';

}  // namespace gossamer::interop

#endif  // TESTS_INTEROP_GRPC_METADATA_H_
