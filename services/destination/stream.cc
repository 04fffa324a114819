#include "services/destination/stream.h"

#include <string>
#include <utility>
#include <vector>

#include "grpcpp/support/slice.h"
#include "grpcpp/support/status.h"

namespace gossamer::destination {

grpc::ServerWriteReactor<grpc::ByteBuffer>* Stream::Start(const absl::StatusOr<Question>& question,
                                                          Hub* hub) {
  auto stream = std::make_shared<Stream>(hub);
  stream->self_ = stream;
  absl::Status status = question.status();
  if (status.ok()) {
    auto subscription = hub->Subscribe(*question, stream);
    status = subscription.status();
    if (subscription.ok()) stream->subscription_ = *std::move(subscription);
  }
  if (!status.ok()) {
    stream->end_ = ToGrpcStatus(status);
    // By the mailbox, so that a client that leaves at the same time does not end it again.
    stream->OnEnd();
  }
  return stream.get();
}

void Stream::OnDone() {
  hub_->metrics()->Skipped(mailbox_.skipped());
  subscription_ = Hub::Subscription();
  // Others may hold it still, to tell it what it will not hear.
  std::shared_ptr<Stream> last = std::move(self_);
}

void Stream::Act(Mailbox::Step step) {
  switch (step.what) {
    case Mailbox::Do::kNothing:
      return;
    case Mailbox::Do::kWrite:
      buffer_ = ToByteBuffer(step.payload);
      StartWrite(&buffer_);
      return;
    case Mailbox::Do::kFinish:
      Finish(end_);
      return;
  }
}

grpc::ByteBuffer ToByteBuffer(const Payload& payload) {
  const auto release = [](void* holder) { delete static_cast<Payload*>(holder); };
  // gRPC only reads the bytes; its slices have no const.
  const grpc::Slice slice(const_cast<char*>(payload->data()), payload->size(), release,
                          new Payload(payload));
  return grpc::ByteBuffer(&slice, 1);
}

std::string ToString(const grpc::ByteBuffer& bytes) {
  std::vector<grpc::Slice> slices;
  std::string text;
  if (!bytes.Dump(&slices).ok()) return text;
  for (const grpc::Slice& slice : slices) {
    text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return text;
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()));
}

}  // namespace gossamer::destination
