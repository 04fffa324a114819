#include "proxy/app/signals.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "lib/status/status_macros.h"

namespace gossamer::proxy {
namespace {

sigset_t TerminationSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

void Signals::Block() {
  const sigset_t signals = TerminationSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

absl::StatusOr<std::unique_ptr<Signals>> Signals::Create(event::Loop* loop,
                                                         absl::AnyInvocable<void(int)> on_signal) {
  const sigset_t signals = TerminationSignals();
  net::UniqueFd fd(signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, "receive signals");
  std::unique_ptr<Signals> result(new Signals(std::move(fd), std::move(on_signal)));
  GOSSAMER_RETURN_IF_ERROR(result->watch_.Start(loop, result->fd_.get(), result.get()));
  return result;
}

void Signals::OnIo(event::IoEvents) {
  signalfd_siginfo info;
  while (read(fd_.get(), &info, sizeof(info)) == sizeof(info)) {
    on_signal_(static_cast<int>(info.ssi_signo));
  }
}

}  // namespace gossamer::proxy
