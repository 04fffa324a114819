#ifndef SERVICES_DESTINATION_STREAM_H_
#define SERVICES_DESTINATION_STREAM_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "services/destination/streams/hub.h"
#include "services/destination/streams/mailbox.h"

namespace gossamer::destination {

// Answers a gRPC server stream from the hub.
//
// The messages are sent as the bytes that the hub's answers share, so a stream costs a mailbox and
// no thread. Keeps itself alive until gRPC is done with it.
class Stream : public grpc::ServerWriteReactor<grpc::ByteBuffer>, public Subscriber {
 public:
  explicit Stream(Hub* hub) : hub_(hub) {}
  // What to give back to gRPC for a new stream. Where there is no question the stream ends with the
  // error.
  static grpc::ServerWriteReactor<grpc::ByteBuffer>* Start(const absl::StatusOr<Question>& question,
                                                           Hub* hub);

  void OnSnapshot(const Published& published) override { Act(mailbox_.Put(published)); }
  void OnEnd() override { Act(mailbox_.End()); }

  void OnWriteDone(bool ok) override { Act(mailbox_.WriteDone(ok)); }
  void OnCancel() override { Act(mailbox_.End()); }
  void OnDone() override;

 private:
  // Does what the mailbox says; called without a lock, and by one thread at a time, since the
  // mailbox says nothing while a write is under way.
  void Act(Mailbox::Step step);

  Hub* const hub_;
  grpc::Status end_;  // What the stream ends with. Set before gRPC knows the stream.
  Mailbox mailbox_;
  grpc::ByteBuffer buffer_;  // Of the write under way.
  Hub::Subscription subscription_;
  std::shared_ptr<Stream> self_;
};

// A reader of a request's bytes: InvalidArgument where they are no such message.
template <typename Message>
absl::StatusOr<Message> ReadRequest(const grpc::ByteBuffer& bytes);

// A payload as gRPC sends it, without a copy.
grpc::ByteBuffer ToByteBuffer(const Payload& payload);
grpc::Status ToGrpcStatus(const absl::Status& status);
// All of the bytes in one piece.
std::string ToString(const grpc::ByteBuffer& bytes);

template <typename Message>
absl::StatusOr<Message> ReadRequest(const grpc::ByteBuffer& bytes) {
  Message message;
  if (message.ParseFromString(ToString(bytes))) return message;
  return absl::InvalidArgumentError("the request is not the message that the method takes");
}

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_STREAM_H_
