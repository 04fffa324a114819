#include "proxy/inbound/local_apps.h"

#include <utility>

#include "proxy/transport/metered_stream.h"

namespace gossamer::proxy {
namespace {

StreamDecorator Metered(WorkerContext* context) {
  return [context](std::unique_ptr<net::ByteStream> stream) {
    return std::make_unique<MeteredStream>(std::move(stream), context->metrics->inbound.Dial());
  };
}

H1Pool::Options PoolOptions(const WorkerContext& context) {
  H1Pool::Options options;
  options.max_idle = context.config->inbound.max_idle_connections_per_endpoint;
  options.idle_timeout = context.config->inbound.http1_pool_idle_timeout;
  return options;
}

H2Client::Options ClientOptions(const WorkerContext& context) {
  H2Client::Options options;
  options.http2 = MakeClientHttp2Options(context.config->http2_client);
  options.backoff = MakeBackoffOptions(context.config->inbound.connect_backoff);
  return options;
}

}  // namespace

DialTarget LocalDialTarget(const WorkerContext& context, const net::SocketAddress& address) {
  DialTarget target;
  target.address = address;
  target.options = MakeSocketOptions(context.config->inbound.connect);
  target.timeout = context.config->inbound.connect_timeout;
  return target;
}

LocalApp::LocalApp(WorkerContext* context, const net::SocketAddress& address)
    : h1_(
          context->loop, PoolOptions(*context),
          [context, address] { return LocalDialTarget(*context, address); }, Metered(context)),
      h2_(
          context->loop, ClientOptions(*context),
          [context, address] { return LocalDialTarget(*context, address); }, Metered(context),
          context->draining_connections, *context->random, nullptr) {}

void LocalApp::Send(PendingRequest* request) {
  sent_ = true;
  if (request->head().version == http::Version::kHttp2) {
    h2_.Start(request);
  } else {
    h1_.Start(request);
  }
}

bool LocalApp::TakeUnused() {
  return !std::exchange(sent_, false) && h1_.unused() && !h2_.in_use();
}

LocalApps::LocalApps(WorkerContext* context)
    : context_(context), sweep_(context->loop, [this] { Sweep(); }) {
  sweep_.Arm(kSweepInterval);
}

LocalApp* LocalApps::Get(const net::SocketAddress& address) {
  std::unique_ptr<LocalApp>& app = apps_[address];
  if (app == nullptr) app = std::make_unique<LocalApp>(context_, address);
  return app.get();
}

void LocalApps::Sweep() {
  absl::erase_if(apps_, [](const auto& entry) { return entry.second->TakeUnused(); });
  sweep_.Arm(kSweepInterval);
}

}  // namespace gossamer::proxy
