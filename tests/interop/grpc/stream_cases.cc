// Streams of either side and of both.

#include <barrier>
#include <string>
#include <thread>
#include <vector>

#include "lib/status/status_macros.h"
#include "tests/interop/grpc/cases.h"
#include "tests/interop/grpc/expect.h"
#include "tests/interop/grpc/metadata.h"

namespace gossamer::interop {
namespace {

// The sizes of the public description.
constexpr int kRequestBytes[] = {27182, 8, 1828, 45904};
constexpr int kResponseBytes[] = {31415, 9, 2653, 58979};

constexpr int kStreams = 100;
constexpr int kRoundsAStream = 10;

absl::Status ClientStreaming(const Peer& peer) {
  PatientContext context;
  v1::StreamingInputResponse response;
  const auto writer = peer.stub->StreamingInputCall(&context, &response);
  uint64_t sent = 0;
  for (int bytes : kRequestBytes) {
    v1::StreamRequest request;
    request.set_payload(std::string(bytes, kPayloadByte));
    sent += bytes;
    GOSSAMER_RETURN_IF_ERROR(ExpectTrue("a request can be written", writer->Write(request)));
  }
  writer->WritesDone();
  GOSSAMER_RETURN_IF_ERROR(ExpectOk("StreamingInputCall", writer->Finish()));
  return ExpectEqual("bytes at the server", response.request_bytes(), sent);
}

// Reads responses of these sizes, and the end.
template <typename Reader>
absl::Status ReadAll(Reader* reader, const std::vector<int>& sizes) {
  v1::StreamResponse response;
  for (int bytes : sizes) {
    GOSSAMER_RETURN_IF_ERROR(ExpectTrue("one more response comes", reader->Read(&response)));
    GOSSAMER_RETURN_IF_ERROR(
        ExpectTrue("a response is whole", response.payload() == std::string(bytes, kPayloadByte)));
  }
  GOSSAMER_RETURN_IF_ERROR(ExpectTrue("no more responses come", !reader->Read(&response)));
  return ExpectOk("the stream", reader->Finish());
}

absl::Status Download(const Peer& peer, const std::vector<int>& sizes, bool compressed) {
  PatientContext context;
  v1::StreamRequest request;
  for (int bytes : sizes) request.add_response_bytes(bytes);
  request.set_compress_response(compressed);
  const auto reader = peer.stub->StreamingOutputCall(&context, request);
  return ReadAll(reader.get(), sizes);
}

absl::Status ServerStreaming(const Peer& peer) {
  return Download(peer, {std::begin(kResponseBytes), std::end(kResponseBytes)}, false);
}

absl::Status CompressedServerStreaming(const Peer& peer) {
  return Download(peer, {std::begin(kResponseBytes), std::end(kResponseBytes)}, true);
}

// Many times every window on the way.
absl::Status LargeServerStreaming(const Peer& peer) {
  return Download(peer, std::vector<int>(32, 1 << 20), false);
}

absl::Status LargeClientStreaming(const Peer& peer) {
  constexpr int kMessages = 32;
  PatientContext context;
  v1::StreamingInputResponse response;
  const auto writer = peer.stub->StreamingInputCall(&context, &response);
  v1::StreamRequest request;
  request.set_payload(std::string(1 << 20, kPayloadByte));
  for (int i = 0; i < kMessages; ++i) {
    GOSSAMER_RETURN_IF_ERROR(ExpectTrue("a request can be written", writer->Write(request)));
  }
  writer->WritesDone();
  GOSSAMER_RETURN_IF_ERROR(ExpectOk("StreamingInputCall", writer->Finish()));
  return ExpectEqual("bytes at the server", response.request_bytes(), uint64_t{kMessages} << 20);
}

// One request, then its response, before the next request.
template <typename Stream>
absl::Status PlayPingPong(Stream* stream, int request_bytes, int response_bytes,
                          const std::string& key = "") {
  v1::StreamRequest request;
  request.set_payload(std::string(request_bytes, kPayloadByte));
  request.add_response_bytes(response_bytes);
  request.set_key(key);
  GOSSAMER_RETURN_IF_ERROR(ExpectTrue("a request can be written", stream->Write(request)));
  v1::StreamResponse response;
  GOSSAMER_RETURN_IF_ERROR(ExpectTrue("its response comes", stream->Read(&response)));
  return ExpectEqual("bytes of the response", response.payload().size(),
                     static_cast<size_t>(response_bytes));
}

absl::Status PingPong(const Peer& peer) {
  PatientContext context;
  const auto stream = peer.stub->FullDuplexCall(&context);
  for (size_t i = 0; i < std::size(kRequestBytes); ++i) {
    GOSSAMER_RETURN_IF_ERROR(PlayPingPong(stream.get(), kRequestBytes[i], kResponseBytes[i]));
  }
  stream->WritesDone();
  return ReadAll(stream.get(), {});
}

absl::Status EmptyStream(const Peer& peer) {
  PatientContext context;
  const auto stream = peer.stub->FullDuplexCall(&context);
  stream->WritesDone();
  return ReadAll(stream.get(), {});
}

// All of one channel, each open while all the others are.
absl::Status ConcurrentStreams(const Peer& peer) {
  const std::string key = "concurrent_streams";
  std::vector<absl::Status> results(kStreams);
  std::vector<std::thread> threads;
  std::barrier all_open(kStreams);
  for (int i = 0; i < kStreams; ++i) {
    threads.emplace_back([&, i] {
      PatientContext context;
      const auto stream = peer.stub->FullDuplexCall(&context);
      results[i] = PlayPingPong(stream.get(), 100, 100, key);
      all_open.arrive_and_wait();
      for (int round = 0; round < kRoundsAStream && results[i].ok(); ++round) {
        results[i] = PlayPingPong(stream.get(), 1000 + i, 2000 + round);
      }
      stream->WritesDone();
      if (results[i].ok()) results[i] = ReadAll(stream.get(), {});
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& result : results) GOSSAMER_RETURN_IF_ERROR(result);
  PatientContext context;
  v1::ObservedRequest request;
  request.set_key(key);
  v1::ObservedResponse observed;
  GOSSAMER_RETURN_IF_ERROR(ExpectOk("Observed", peer.stub->Observed(&context, request, &observed)));
  return ExpectTrue("the server had all streams open at one time", observed.open_max() >= kStreams);
}

}  // namespace

std::vector<Case> StreamCases() {
  return {
      {"client_streaming", ClientStreaming},
      {"server_streaming", ServerStreaming},
      {"compressed_server_streaming", CompressedServerStreaming},
      {"large_client_streaming", LargeClientStreaming},
      {"large_server_streaming", LargeServerStreaming},
      {"ping_pong", PingPong},
      {"empty_stream", EmptyStream},
      {"concurrent_streams", ConcurrentStreams},
  };
}

}  // namespace gossamer::interop
