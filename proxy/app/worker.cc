#include "proxy/app/worker.h"

#include <malloc.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "lib/buffer/thread_cache.h"
#include "lib/log/log.h"
#include "lib/status/status_macros.h"
#include "proxy/overload/memory_holder.h"

namespace gossamer::proxy {

absl::StatusOr<std::unique_ptr<Worker>> Worker::Create(const Options& options) {
  GOSSAMER_ASSIGN_OR_RETURN(auto loop, event::Loop::Create());
  std::unique_ptr<Worker> worker(new Worker(options, std::move(loop)));
  worker->thread_ = std::thread([raw = worker.get()] { raw->Run(); });
  return worker;
}

Worker::Worker(const Options& options, std::unique_ptr<event::Loop> loop)
    : loop_(std::move(loop)),
      random_(options.random_seed),
      draining_connections_(loop_.get()),
      connections_(options.max_connections),
      sweep_(loop_.get(), [this] { Sweep(); }),
      quiet_(loop_.get(), kQuiet, [this] { TidyUp(); }),
      memory_(options.memory) {
  MemoryGuard::Owner* const self = this;
  if (options.max_memory > 0) memory_guard_.emplace(loop_.get(), options.max_memory, self);
  context_.loop = loop_.get();
  context_.config = options.config;
  context_.metrics = options.metrics;
  context_.draining_connections = &draining_connections_;
  context_.connections = &connections_;
  context_.random = &random_;
  context_.ports = options.ports;
  context_.targets = options.targets;
  context_.endpoints = options.endpoints;
}

Worker::~Worker() {
  loop_->Stop();
  thread_.join();
}

void Worker::Run() {
  inbound_ = std::make_unique<Inbound>(&context_);
  outbound_ = std::make_unique<Outbound>(&context_);
  sweep_.Arm(kSweepInterval);
  loop_->Run();
  // What is left ends here, on its own thread: connections first, which are gone after a turn, then
  // what they have used; its last callbacks run in one more turn.
  inbound_->Abort();
  outbound_->Abort();
  loop_->RunOnce(absl::ZeroDuration());
  inbound_.reset();
  outbound_.reset();
  loop_->RunOnce(absl::ZeroDuration());
  sweep_.Cancel();
}

// The C library keeps what lies between blocks in use until it is asked.
void Worker::TidyUp() {
  ThreadCache::ReleaseAll();
  (void)malloc_trim(0);
}

// A worker that is never quiet gives back what is most of a burst.
void Worker::Sweep() {
  context_.metrics->EvictIdle();
  const int active = Counts().open;
  if (active < most_active_ / 2) {
    TidyUp();
    most_active_ = active;
  }
  most_active_ = std::max(most_active_, active);
  sweep_.Arm(kSweepInterval);
}

uint64_t Worker::BytesInUse() {
  const std::optional<ProcessMemory> memory = memory_->Read();
  return memory.has_value() ? memory->anonymous_bytes : 0;
}

void Worker::OnShortOfMemory(bool is_short) {
  connections_.set_short_of_memory(is_short);
  if (!is_short) return;
  GOSSAMER_LOG_EVERY(absl::Seconds(10), kWarn, "proxy",
                     "Memory is short: new connections wait, new requests are refused, and what "
                     "holds most is ended",
                     {"bytes", BytesInUse()});
}

void Worker::Relieve(uint64_t bytes) {
  std::vector<MemoryHolder*> holders;
  inbound_->ListHolders(&holders);
  outbound_->ListHolders(&holders);
  const int count = ShedLargest(holders, bytes);
  if (count == 0) return;
  GOSSAMER_LOG_EVERY(absl::Seconds(10), kWarn, "proxy", "Connections are ended for want of memory",
                     {"count", int64_t{count}});
}

void Worker::SetCredentials(CredentialsPtr credentials) {
  loop_->Post([this, credentials = std::move(credentials)]() mutable {
    context_.credentials = std::move(credentials);
  });
}

void Worker::Serve(net::UniqueFd inbound, std::vector<net::UniqueFd> outbound) {
  loop_->Post([this, inbound = std::move(inbound), outbound = std::move(outbound)]() mutable {
    absl::Status status = inbound_->Listen(std::move(inbound));
    for (net::UniqueFd& listener : outbound) {
      if (status.ok()) status = outbound_->Listen(std::move(listener));
    }
    if (!status.ok()) {
      GOSSAMER_LOG(kError, "proxy", "cannot accept connections", {"error", status.message()});
    }
  });
}

void Worker::BeginShutdown() {
  loop_->Post([this] {
    context_.draining = true;
    inbound_->Drain();
    outbound_->Drain();
  });
}

void Worker::Drain(OnCounts on_counts) {
  loop_->Post([this, on_counts = std::move(on_counts)] {
    inbound_->Drain();
    outbound_->Drain();
    on_counts(Counts());
  });
}

void Worker::CloseDraining() {
  loop_->Post([this] {
    inbound_->CloseDraining();
    outbound_->CloseDraining();
  });
}

void Worker::Count(OnCounts on_counts) {
  loop_->Post([this, on_counts = std::move(on_counts)] { on_counts(Counts()); });
}

ConnectionCounts Worker::Counts() const {
  ConnectionCounts counts = inbound_->Counts();
  counts += outbound_->Counts();
  return counts;
}

}  // namespace gossamer::proxy
