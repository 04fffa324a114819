#ifndef LIB_NET_TESTING_FAKE_BYTE_STREAM_H_
#define LIB_NET_TESTING_FAKE_BYTE_STREAM_H_

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "lib/buffer/byte_queue.h"
#include "lib/event/loop.h"
#include "lib/net/byte_stream.h"

namespace gossamer::net::testing {

// What the test sees of a FakeByteStream, and keeps when the stream is gone.
struct FakePeer {
  std::string input;  // Not yet read by the stream's owner.
  bool input_ended = false;
  int input_error = 0;  // After the input: an error, or else an end in order.
  size_t read_max = std::numeric_limits<size_t>::max();  // At one time.

  std::string output;
  size_t write_room = std::numeric_limits<size_t>::max();
  int write_error = 0;
  bool shut_down = false;
  bool reset_on_close = false;
  bool destroyed = false;

  event::IoHandler* handler = nullptr;

  void Tell(event::IoEvents events) {
    if (handler != nullptr) handler->OnIo(events);
  }
  void Send(absl::string_view bytes) {
    input.append(bytes.data(), bytes.size());
    Tell({.readable = true});
  }
  void End() {
    input_ended = true;
    Tell({.readable = true});
  }
  void Break(int error) {
    input_ended = true;
    input_error = write_error = error;
    Tell({.readable = true, .writable = true, .error = true});
  }
  void Take(size_t room) {
    write_room += room;
    Tell({.writable = true});
  }
  std::string TakeOutput() { return std::exchange(output, std::string()); }
};

// A stream without a kernel: bytes come and go as the test says.
class FakeByteStream final : public ByteStream {
 public:
  // `peer` outlives the stream.
  explicit FakeByteStream(FakePeer* peer) : peer_(peer) {}
  ~FakeByteStream() override {
    peer_->handler = nullptr;
    peer_->destroyed = true;
  }

  void SetHandler(event::IoHandler* handler) override { peer_->handler = handler; }

  IoResult Read(char* buffer, size_t max) override {
    const size_t count = std::min({max, peer_->input.size(), peer_->read_max});
    if (count > 0) {
      std::memcpy(buffer, peer_->input.data(), count);
      peer_->input.erase(0, count);
      return {IoStatus::kOk, 0, count};
    }
    if (!peer_->input_ended) return {IoStatus::kBlocked, 0, 0};
    if (peer_->input_error != 0) return {IoStatus::kError, peer_->input_error, 0};
    return {IoStatus::kEof, 0, 0};
  }

  IoResult Write(ByteQueue* queue) override {
    size_t total = 0;
    while (!queue->empty()) {
      const IoResult step = Write(queue->Front());
      queue->Consume(step.bytes);
      total += step.bytes;
      if (step.status != IoStatus::kOk) return {step.status, step.error, total};
    }
    return {IoStatus::kOk, 0, total};
  }

  IoResult Write(absl::string_view data) override {
    if (peer_->write_error != 0) return {IoStatus::kError, peer_->write_error, 0};
    const size_t count = std::min(data.size(), peer_->write_room);
    peer_->output.append(data.data(), count);
    peer_->write_room -= count;
    return {count < data.size() ? IoStatus::kBlocked : IoStatus::kOk, 0, count};
  }

  void ShutdownWrite() override { peer_->shut_down = true; }
  void ResetOnClose() override { peer_->reset_on_close = true; }
  int fd() const override { return -1; }

 private:
  FakePeer* const peer_;
};

}  // namespace gossamer::net::testing

#endif  // LIB_NET_TESTING_FAKE_BYTE_STREAM_H_
