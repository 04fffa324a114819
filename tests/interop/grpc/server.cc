#include "tests/interop/grpc/server.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "tests/interop/grpc/interop.grpc.pb.h"
#include "tests/interop/grpc/metadata.h"

namespace gossamer::interop {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

grpc::Status EndOf(const v1::EndStatus& end) {
  return {static_cast<grpc::StatusCode>(end.code()), end.message(),
          std::string(end.details_bytes(), kDetailsByte)};
}

int64_t MillisecondsLeft(const grpc::ServerContext& context) {
  if (context.deadline() == system_clock::time_point::max()) return -1;
  return std::chrono::duration_cast<milliseconds>(context.deadline() - system_clock::now()).count();
}

// Sends back what the client asks for by metadata.
void EchoMetadata(grpc::ServerContext* context) {
  const auto& metadata = context->client_metadata();
  if (auto it = metadata.find(kEchoInitial); it != metadata.end()) {
    context->AddInitialMetadata(kEchoInitial, {it->second.data(), it->second.size()});
  }
  if (auto it = metadata.find(kEchoTrailing); it != metadata.end()) {
    context->AddTrailingMetadata(kEchoTrailing, {it->second.data(), it->second.size()});
  }
}

// What has been seen of calls, by the key that they came with.
class Observations {
 public:
  void Opened(const std::string& key, int64_t deadline_ms) {
    absl::MutexLock lock(&mutex_);
    Seen& seen = by_key_[key];
    ++seen.open;
    seen.result.set_open_max(std::max(seen.result.open_max(), seen.open));
    seen.result.set_deadline_ms(deadline_ms);
  }
  void Closed(const std::string& key, bool cancelled) {
    absl::MutexLock lock(&mutex_);
    Seen& seen = by_key_[key];
    --seen.open;
    if (cancelled) seen.result.set_cancelled(seen.result.cancelled() + 1);
  }
  v1::ObservedResponse Get(const std::string& key) {
    absl::MutexLock lock(&mutex_);
    return by_key_[key].result;
  }

 private:
  struct Seen {
    int open = 0;
    v1::ObservedResponse result;
  };
  absl::Mutex mutex_;
  std::map<std::string, Seen> by_key_ ABSL_GUARDED_BY(mutex_);
};

// One call that is observed, from its first message to its end.
class ObservedCall {
 public:
  ObservedCall(Observations* all, grpc::ServerContext* context) : all_(all), context_(context) {}
  ~ObservedCall() {
    if (!key_.empty()) all_->Closed(key_, context_->IsCancelled());
  }
  // The key of the first message counts.
  void Begin(const std::string& key) {
    if (!key_.empty() || key.empty()) return;
    key_ = key;
    all_->Opened(key, MillisecondsLeft(*context_));
  }

 private:
  Observations* const all_;
  grpc::ServerContext* const context_;
  std::string key_;
};

class TestServiceImpl final : public v1::TestService::Service {
 private:
  grpc::Status EmptyCall(grpc::ServerContext* context, const v1::Empty*, v1::Empty*) override {
    EchoMetadata(context);
    return grpc::Status::OK;
  }

  grpc::Status UnaryCall(grpc::ServerContext* context, const v1::UnaryRequest* request,
                         v1::UnaryResponse* response) override {
    ObservedCall observed(&observations_, context);
    observed.Begin(request->key());
    EchoMetadata(context);
    while (request->wait_for_cancellation() && !context->IsCancelled()) {
      std::this_thread::sleep_for(milliseconds(1));
    }
    if (request->compress_response()) context->set_compression_algorithm(GRPC_COMPRESS_GZIP);
    response->set_payload(std::string(request->response_bytes(), kPayloadByte));
    response->set_request_bytes(request->payload().size());
    response->set_deadline_ms(MillisecondsLeft(*context));
    return EndOf(request->end());
  }

  grpc::Status StreamingOutputCall(grpc::ServerContext* context, const v1::StreamRequest* request,
                                   grpc::ServerWriter<v1::StreamResponse>* writer) override {
    if (request->compress_response()) context->set_compression_algorithm(GRPC_COMPRESS_GZIP);
    for (int bytes : request->response_bytes()) {
      if (!writer->Write(ResponseOf(bytes))) return grpc::Status::CANCELLED;
    }
    return EndOf(request->end());
  }

  grpc::Status StreamingInputCall(grpc::ServerContext* context,
                                  grpc::ServerReader<v1::StreamRequest>* reader,
                                  v1::StreamingInputResponse* response) override {
    ObservedCall observed(&observations_, context);
    v1::StreamRequest request;
    uint64_t bytes = 0;
    while (reader->Read(&request)) {
      observed.Begin(request.key());
      bytes += request.payload().size();
    }
    response->set_request_bytes(bytes);
    return grpc::Status::OK;
  }

  grpc::Status FullDuplexCall(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<v1::StreamResponse, v1::StreamRequest>* stream) override {
    ObservedCall observed(&observations_, context);
    EchoMetadata(context);
    v1::StreamRequest request;
    while (stream->Read(&request)) {
      observed.Begin(request.key());
      if (request.end().code() != 0) return EndOf(request.end());
      for (int bytes : request.response_bytes()) {
        if (!stream->Write(ResponseOf(bytes))) return grpc::Status::CANCELLED;
      }
    }
    return grpc::Status::OK;
  }

  grpc::Status Observed(grpc::ServerContext*, const v1::ObservedRequest* request,
                        v1::ObservedResponse* response) override {
    *response = observations_.Get(request->key());
    return grpc::Status::OK;
  }

  static v1::StreamResponse ResponseOf(int bytes) {
    v1::StreamResponse response;
    response.set_payload(std::string(bytes, kPayloadByte));
    return response;
  }

  Observations observations_;
};

}  // namespace

int Serve(int port, int max_connection_age_ms) {
  TestServiceImpl service;
  grpc::ServerBuilder builder;
  int bound = 0;
  builder.AddListeningPort(absl::StrCat("0.0.0.0:", port), grpc::InsecureServerCredentials(),
                           &bound);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  if (max_connection_age_ms > 0) {
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, max_connection_age_ms);
  }
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || bound == 0) {
    std::cerr << "cannot listen on port " << port << std::endl;
    return 1;
  }
  server->Wait();
  return 0;
}

}  // namespace gossamer::interop
