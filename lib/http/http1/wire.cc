#include "lib/http/http1/wire.h"

#include <cerrno>
#include <utility>

namespace gossamer::http1 {
namespace {

char* ReadBuffer(size_t size) {
  static thread_local std::unique_ptr<char[]> buffer(new char[size]);
  return buffer.get();
}

}  // namespace

Wire::Wire(event::Loop* loop, std::unique_ptr<net::ByteStream> transport, Owner* owner)
    : transport_(std::move(transport)),
      owner_(owner),
      flush_(loop, [this] { Flush(); }),
      receive_(loop, [this] { Receive(); }) {}

void Wire::Start(absl::string_view already_read) {
  transport_->SetHandler(this);
  kept_.assign(already_read.data(), already_read.size());
  Receive();
}

void Wire::Resume() {
  if (!std::exchange(paused_, false)) return;
  receive_.Schedule();
}

void Wire::OnIo(event::IoEvents events) {
  if (events.writable && (!output_.empty() || (shutdown_wanted_ && !shut_down_))) flush_.Schedule();
  if (events.readable && !paused_) return Receive();
  if (events.error && paused_ && !input_ended_) {
    // A broken connection is told at once, also to an owner that does not read now.
    input_ended_ = true;
    owner_->OnInputEnd(ECONNRESET);
  }
}

// Gives the owner what was kept.
void Wire::HandKept() {
  if (kept_.empty()) return;
  std::string input = std::move(kept_);
  kept_.clear();
  const size_t used = owner_->OnInput(input);
  if (closed_ || used == input.size()) return;
  input.erase(0, used);
  kept_ = std::move(input);
}

void Wire::Receive() {
  if (closed_ || paused_) return;
  HandKept();
  size_t total = 0;
  while (!closed_ && !paused_ && !input_ended_) {
    if (total > kMaxBytesPerTurn) return receive_.Schedule();
    char* buffer = ReadBuffer(kReadBytes);
    const net::IoResult result = transport_->Read(buffer, kReadBytes);
    if (result.status == net::IoStatus::kBlocked) return;
    if (result.status != net::IoStatus::kOk) {
      input_ended_ = true;
      return owner_->OnInputEnd(result.status == net::IoStatus::kEof ? 0 : result.error);
    }
    total += result.bytes;
    if (!kept_.empty()) {
      kept_.append(buffer, result.bytes);
      HandKept();
      continue;
    }
    const size_t used = owner_->OnInput(absl::string_view(buffer, result.bytes));
    if (!closed_ && used < result.bytes) kept_.assign(buffer + used, result.bytes - used);
  }
}

void Wire::Flush() {
  if (closed_) return;
  if (output_.size() > kOutputHigh) was_high_ = true;
  if (!output_.empty()) {
    const net::IoResult result = transport_->Write(&output_);
    if (result.status == net::IoStatus::kError) return owner_->OnOutputError(result.error);
  }
  if (output_.empty() && shutdown_wanted_ && !std::exchange(shut_down_, true)) {
    transport_->ShutdownWrite();
  }
  if (was_high_ && output_.size() <= kOutputLow) {
    was_high_ = false;
    return owner_->OnOutputLow();
  }
  if (shut_down_) owner_->OnOutputLow();
}

void Wire::ShutdownAfterFlush() {
  shutdown_wanted_ = true;
  flush_.Schedule();
}

void Wire::Close() {
  closed_ = true;
  transport_->SetHandler(nullptr);
  flush_.Cancel();
  receive_.Cancel();
}

}  // namespace gossamer::http1
