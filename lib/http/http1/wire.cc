#include "lib/http/http1/wire.h"

#include <cerrno>
#include <utility>

#include "lib/net/read_buffer.h"

namespace gossamer::http1 {

Wire::Wire(event::Loop* loop, std::unique_ptr<net::ByteStream> transport, Owner* owner)
    : transport_(std::move(transport)),
      owner_(owner),
      flush_(loop, [this] { Flush(); }),
      receive_(loop, [this] { Receive(); }) {}

void Wire::Start(absl::string_view already_read) {
  transport_->SetHandler(this);
  kept_.assign(already_read.data(), already_read.size());
  receive_.Schedule();
}

void Wire::Resume() {
  if (!std::exchange(paused_, false)) return;
  receive_.Schedule();
}

void Wire::RepeatInputEnd() {
  end_untold_ = input_ended_;
  receive_.Schedule();
}

void Wire::OnIo(event::IoEvents events) {
  if (events.writable && (blocked_ || !output_.empty())) flush_.Schedule();
  if (events.readable && !paused_) return Receive();
  if (events.error && paused_ && !input_ended_) owner_->OnBrokenWhilePaused();
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
  ReadOn();
  if (end_untold_ && !closed_ && !paused_) {
    end_untold_ = false;
    owner_->OnInputEnd(end_error_);
  }
}

void Wire::ReadOn() {
  size_t total = 0;
  while (!closed_ && !paused_ && !input_ended_) {
    if (total > kMaxBytesPerTurn) return receive_.Schedule();
    char* buffer = net::ReadBuffer();
    const net::IoResult result = transport_->Read(buffer, net::kUsualReadBytes);
    if (result.status == net::IoStatus::kBlocked) return;
    if (result.status != net::IoStatus::kOk) {
      input_ended_ = end_untold_ = true;
      end_error_ = result.status == net::IoStatus::kEof ? 0 : result.error;
      return;
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
  const bool ends = shutdown_wanted_ && !shut_down_;
  if (ends || blocked_ || !output_.empty()) {
    const net::IoResult result =
        ends ? transport_->WriteAndShutdown(&output_) : transport_->Write(&output_);
    if (result.status == net::IoStatus::kError) return owner_->OnOutputError(result.error);
    blocked_ = result.status == net::IoStatus::kBlocked;
  }
  if (ends && !blocked_) {
    shut_down_ = true;
    return owner_->OnShutDown();
  }
  if (was_high_ && output_.size() <= kOutputLow) {
    was_high_ = false;
    owner_->OnOutputLow();
  }
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
