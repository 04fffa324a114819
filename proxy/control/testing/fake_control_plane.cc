#include "proxy/control/testing/fake_control_plane.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "lib/net/tcp_stream.h"

namespace gossamer::proxy::testing {

class FakeControlPlane::Connector final : public rpc::Connector {
 public:
  explicit Connector(FakeControlPlane* plane)
      : plane_(plane), connect_(plane->loop_, [this] { Finish(); }) {}

  void Connect(OnDone done) override {
    done_ = std::move(done);
    connect_.Schedule();
  }
  void Cancel() override { connect_.Cancel(); }

 private:
  void Finish() {
    OnDone done = std::move(done_);
    if (plane_->unreachable_) return done(absl::UnavailableError("unreachable"));
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) != 0) abort();
    auto server = net::TcpStream::Create(plane_->loop_, net::UniqueFd(pair[0]));
    if (!server.ok() || !plane_->server_.Serve(*std::move(server), "").ok()) abort();
    done(net::TcpStream::Create(plane_->loop_, net::UniqueFd(pair[1])));
  }

  FakeControlPlane* const plane_;
  OnDone done_;
  event::Deferred connect_;
};

FakeControlPlane::FakeControlPlane(event::Loop* loop, const std::vector<std::string>& methods)
    : loop_(loop), server_(loop) {
  for (const std::string& path : methods) {
    server_.Register(
        path, [this, path](std::shared_ptr<rpc::ServerCall> call, absl::string_view request) {
          calls_.push_back({path, std::string(request), std::move(call)});
        });
  }
}

std::unique_ptr<rpc::Channel> FakeControlPlane::MakeChannel() {
  return std::make_unique<rpc::Channel>(loop_, rpc::Channel::Options{"control.test", {}},
                                        std::make_unique<Connector>(this));
}

FakeControlPlane::Received FakeControlPlane::Next(absl::string_view path) {
  const auto find = [&] {
    return std::find_if(calls_.begin(), calls_.end(),
                        [&](const Received& each) { return each.path == path; });
  };
  if (!RunUntil([&] { return find() != calls_.end(); })) return {};
  const auto it = find();
  Received received = std::move(*it);
  calls_.erase(it);
  return received;
}

bool FakeControlPlane::RunUntil(const std::function<bool()>& done) {
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  while (!done()) {
    if (absl::Now() > deadline) return false;
    loop_->RunOnce(absl::Milliseconds(20));
  }
  return true;
}

size_t FakeControlPlane::CallsAfter(absl::Duration duration) {
  const absl::Time end = absl::Now() + duration;
  while (absl::Now() < end) loop_->RunOnce(absl::Milliseconds(10));
  return calls_.size();
}

}  // namespace gossamer::proxy::testing
