#include "proxy/transport/early_dial.h"

#include <algorithm>
#include <utility>

#include "absl/strings/string_view.h"
#include "proxy/transport/sniff.h"

namespace gossamer::proxy {

EarlyDial::EarlyDial(event::Loop* loop, EarlyDials* all, Owner* owner)
    : loop_(loop), all_(all), owner_(owner), patience_(loop, [this] { OnPatienceOver(); }) {}

void EarlyDial::Watch() {
  if (phase_ != Phase::kIdle || refused_ || patience_.armed()) return;
  paced_ = false;
  patience_.Arm(kPatience);
}

void EarlyDial::OnPatienceOver() {
  if (all_->held >= kMaxHeld || !owner_->MayDialEarly()) return;
  if (!std::exchange(paced_, true)) {
    const int64_t begin_ns = std::max(all_->next_ns, loop_->now_ns());
    all_->next_ns = begin_ns + absl::ToInt64Nanoseconds(kPace);
    if (begin_ns > loop_->now_ns()) {
      return patience_.Arm(absl::Nanoseconds(begin_ns - loop_->now_ns()));
    }
  }
  holds_ = true;
  ++all_->held;
  StartDial();
}

void EarlyDial::StartDial() {
  phase_ = Phase::kDialling;
  dial_ = owner_->DialServer([this](absl::StatusOr<std::unique_ptr<net::ByteStream>> stream) {
    OnDialDone(std::move(stream));
  });
}

void EarlyDial::OnDialDone(absl::StatusOr<std::unique_ptr<net::ByteStream>> stream) {
  loop_->DeleteLater(std::move(dial_));
  if (std::exchange(needed_, false)) {
    phase_ = Phase::kIdle;
    if (!stream.ok()) return owner_->OnServerDialled(stream.status());
    return owner_->OnServerDialled(Server{*std::move(stream), ""});
  }
  if (!stream.ok()) {
    // The client may yet turn out to speak HTTP, which another endpoint serves, or which has an
    // answer for this. If not, the server is dialled again and the client hears what comes of it.
    refused_ = true;
    return Drop();
  }
  phase_ = Phase::kListening;
  server_.stream = *std::move(stream);
  server_.stream->SetHandler(this);
  Listen();
}

void EarlyDial::Listen() {
  char buffer[kMaxSpokenBytes];
  const net::IoResult result = server_.stream->Read(buffer, sizeof(buffer));
  switch (result.status) {
    case net::IoStatus::kBlocked:
      return;
    case net::IoStatus::kOk:
      if (IsHttpServer(absl::string_view(buffer, result.bytes))) {
        // The client is yet to speak HTTP, for which this connection must not be used.
        refused_ = true;
        return Drop();
      }
      server_.spoken.assign(buffer, result.bytes);
      server_.stream->SetHandler(nullptr);
      phase_ = Phase::kSpoken;
      return owner_->OnServerSpoke();
    case net::IoStatus::kEof:
    case net::IoStatus::kError:
      // It says nothing of the protocol: servers also close connections on which no request came.
      refused_ = true;
      return Drop();
  }
}

void EarlyDial::Need() {
  patience_.Cancel();
  Release();
  switch (phase_) {
    case Phase::kIdle:
      needed_ = true;
      return StartDial();
    case Phase::kDialling:
      needed_ = true;
      return;
    case Phase::kListening:
    case Phase::kSpoken:
      server_.stream->SetHandler(nullptr);
      phase_ = Phase::kIdle;
      return owner_->OnServerDialled(std::exchange(server_, Server()));
  }
}

void EarlyDial::Drop() {
  patience_.Cancel();
  Release();
  phase_ = Phase::kIdle;
  dial_.reset();
  if (server_.stream == nullptr) return;
  server_.stream->SetHandler(nullptr);
  // It may be what is on the call stack.
  loop_->DeleteLater(std::move(server_.stream));
  server_.spoken.clear();
}

void EarlyDial::Release() {
  if (std::exchange(holds_, false)) --all_->held;
}

}  // namespace gossamer::proxy
