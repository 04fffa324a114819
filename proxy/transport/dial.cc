#include "proxy/transport/dial.h"

#include <poll.h>

#include <cerrno>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/status/annotate.h"
#include "proxy/transport/transport_header.h"

namespace gossamer::proxy {

Dial::Dial(event::Loop* loop, DialTarget target, OnDone done)
    : loop_(loop),
      target_(std::move(target)),
      done_(std::move(done)),
      start_(loop, [this] { Start(); }),
      deadline_(loop, [this] { OnDeadline(); }) {
  start_.Schedule();
  deadline_.Arm(target_.timeout);
}

void Dial::Start() {
  if (target_.tls != nullptr) {
    if (absl::Status usable = target_.tls->CheckUsable(); !usable.ok()) return Finish(usable);
  }
  absl::StatusOr<net::UniqueFd> fd = net::Connect(target_.address, target_.options);
  if (!fd.ok()) {
    if (absl::IsResourceExhausted(fd.status())) return Finish(fd.status());
    return Finish(absl::UnavailableError(fd.status().message()));
  }
  absl::StatusOr<std::unique_ptr<net::TcpStream>> tcp =
      net::TcpStream::Create(loop_, *std::move(fd));
  if (!tcp.ok()) return Finish(tcp.status());
  tcp_ = *std::move(tcp);
  tcp_->SetHandler(this);
}

void Dial::OnIo(event::IoEvents events) {
  if (!events.writable) return;
  const int error = net::SocketError(tcp_->fd());
  if (error != 0) {
    const absl::Status status =
        absl::ErrnoToStatus(error, absl::StrCat("connect to ", target_.address.ToString()));
    return Finish(absl::UnavailableError(status.message()));
  }
  tcp_->SetHandler(nullptr);
  Connected();
}

void Dial::OnDeadline() {
  // A busy loop comes to a socket's events late, after the timers of a turn whose events were more
  // than it takes at once. The deadline is for the network, and the kernel knows whether that kept
  // it: a burst of connections must not fail for want of our own time.
  pollfd socket = {tcp_ != nullptr ? tcp_->fd() : -1, POLLOUT, 0};
  if (poll(&socket, 1, 0) == 1) {
    if (target_.tls != nullptr) deadline_.Arm(target_.timeout);
    return OnIo({.writable = true});
  }
  Finish(absl::DeadlineExceededError(
      absl::StrCat("connect timed out after ", absl::FormatDuration(target_.timeout))));
}

void Dial::Connected() {
  if (target_.tls == nullptr) return Finish(std::move(tcp_));
  auto tls = tls::TlsStream::Create(loop_, std::move(tcp_), target_.tls,
                                    {target_.server_name, target_.expected_id},
                                    [this](const absl::Status& status) { OnHandshake(status); });
  if (!tls.ok()) return Finish(tls.status());
  tls_ = *std::move(tls);
}

void Dial::OnHandshake(const absl::Status& status) {
  if (!status.ok()) return Finish(Annotate(status, target_.address.ToString()));
  if (!target_.transport_header.empty() && tls_->alpn() == kTransportProtocol) {
    // A fresh connection takes these few bytes whole.
    const net::IoResult written = tls_->Write(target_.transport_header);
    if (written.bytes != target_.transport_header.size()) {
      return Finish(absl::UnavailableError("could not write the transport header"));
    }
  }
  Finish(std::move(tls_));
}

void Dial::Finish(absl::StatusOr<std::unique_ptr<net::ByteStream>> result) {
  deadline_.Cancel();
  start_.Cancel();
  // The streams may be what is on the call stack: they end with the turn, not here.
  loop_->DeleteLater(std::move(tcp_));
  loop_->DeleteLater(std::move(tls_));
  OnDone done = std::move(done_);
  done(std::move(result));
}

}  // namespace gossamer::proxy
