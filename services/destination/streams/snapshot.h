#ifndef SERVICES_DESTINATION_STREAMS_SNAPSHOT_H_
#define SERVICES_DESTINATION_STREAMS_SNAPSHOT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gossamer::destination {

// A message, encoded once for all who get it.
using Payload = std::shared_ptr<const std::string>;

// The answer to one question at one moment. Immutable, and safe to use from any thread.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
  // Whether a client that has `other` needs nothing to have this one. Both answer one question.
  virtual bool SameAs(const Snapshot& other) const = 0;
  // The messages that take a client from `before`, an earlier answer to the question, to this one;
  // from nothing where that is nullptr, and then there is at least one.
  virtual std::vector<Payload> MessagesFrom(
      const std::shared_ptr<const Snapshot>& before) const = 0;
};

// A snapshot and its place in time: a later one has the higher version.
struct Published {
  uint64_t version = 0;
  std::shared_ptr<const Snapshot> snapshot;
};

// An answer that every change replaces whole.
class MessageSnapshot : public Snapshot {
 public:
  explicit MessageSnapshot(std::string message)
      : message_(std::make_shared<const std::string>(std::move(message))) {}

  bool SameAs(const Snapshot& other) const override {
    return *message_ == *static_cast<const MessageSnapshot&>(other).message_;
  }
  std::vector<Payload> MessagesFrom(const std::shared_ptr<const Snapshot>& before) const override {
    if (before != nullptr && SameAs(*before)) return {};
    return {message_};
  }
  const Payload& message() const { return message_; }

 private:
  Payload message_;
};

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_STREAMS_SNAPSHOT_H_
