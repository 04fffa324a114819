#include "lib/prometheus/query_pool.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/status/status_macros.h"

namespace gossamer::prom {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

SteadyTime After(absl::Duration timeout) {
  return std::chrono::steady_clock::now() + absl::ToChronoMicroseconds(timeout);
}

absl::Duration LeftUntil(SteadyTime deadline) {
  return absl::FromChrono(deadline - std::chrono::steady_clock::now());
}

}  // namespace

// The queries of one call. Shared by their jobs, so that the last one to end delivers the result.
class QueryPool::Batch {
 public:
  Batch(decltype(Options::observe) observe, std::vector<std::string> queries,
        absl::Duration timeout, VectorsCallback done)
      : observe_(std::move(observe)),
        queries_(std::move(queries)),
        deadline_(After(timeout)),
        done_(std::move(done)),
        answers_(queries_.size()),
        left_(queries_.size()) {}

  void RunOne(size_t index, absl::StatusOr<Client*> client) {
    Finish(index, Ask(index, std::move(client)));
  }

 private:
  absl::StatusOr<Vector> Ask(size_t index, absl::StatusOr<Client*> client) {
    GOSSAMER_RETURN_IF_ERROR(client.status());
    {
      absl::MutexLock lock(&mutex_);
      GOSSAMER_RETURN_IF_ERROR(status_);
    }
    const absl::Duration left = LeftUntil(deadline_);
    if (left <= absl::ZeroDuration()) {
      return absl::DeadlineExceededError("Prometheus queries waited too long for their turn");
    }
    absl::StatusOr<Vector> vector = (*client)->Query(queries_[index], left);
    if (observe_) observe_(left - LeftUntil(deadline_), vector.status());
    return vector;
  }

  void Finish(size_t index, absl::StatusOr<Vector> vector) {
    {
      absl::MutexLock lock(&mutex_);
      if (vector.ok()) {
        answers_[index] = *std::move(vector);
      } else if (status_.ok()) {
        status_ = vector.status();
      }
      if (--left_ > 0) return;
    }
    if (!status_.ok()) return done_(status_);
    done_(std::move(answers_));
  }

  const decltype(Options::observe) observe_;
  const std::vector<std::string> queries_;
  const SteadyTime deadline_;
  VectorsCallback done_;

  // The last to finish reads what the mutex guards without it: nobody else is left.
  absl::Mutex mutex_;
  std::vector<Vector> answers_;
  absl::Status status_;
  size_t left_;
};

absl::StatusOr<std::unique_ptr<QueryPool>> QueryPool::Create(const Options& options) {
  // Each thread has a client of its own; this one only tells whether they can be made.
  GOSSAMER_RETURN_IF_ERROR(Client::Create(options.client).status());
  auto pool = std::unique_ptr<QueryPool>(new QueryPool(options));
  pool->Start();
  return pool;
}

void QueryPool::Start() {
  for (int i = 0; i < std::max(1, options_.threads); ++i) {
    threads_.emplace_back([this] { Run(); });
  }
}

QueryPool::~QueryPool() {
  std::deque<Job> cancelled;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    cancelled.swap(jobs_);
  }
  for (Job& job : cancelled) job(absl::CancelledError("shutting down"));
  for (std::thread& thread : threads_) thread.join();
}

void QueryPool::Query(std::vector<std::string> queries, absl::Duration timeout,
                      VectorsCallback done) {
  if (queries.empty()) return done(std::vector<Vector>());
  const size_t size = queries.size();
  {
    absl::MutexLock lock(&mutex_);
    if (!stopping_ && jobs_.size() + size <= options_.queue_max) {
      auto batch =
          std::make_shared<Batch>(options_.observe, std::move(queries), timeout, std::move(done));
      for (size_t i = 0; i < size; ++i) {
        jobs_.push_back(
            [batch, i](absl::StatusOr<Client*> client) { batch->RunOne(i, std::move(client)); });
      }
      return;
    }
  }
  done(absl::ResourceExhaustedError(
      absl::StrCat("more than ", options_.queue_max, " Prometheus queries wait: try again later")));
}

void QueryPool::ScrapeInterval(absl::Duration timeout, IntervalCallback done) {
  {
    absl::MutexLock lock(&mutex_);
    if (!stopping_ && jobs_.size() < options_.queue_max) {
      jobs_.push_back([timeout, done = std::move(done)](absl::StatusOr<Client*> client) mutable {
        if (!client.ok()) return done(client.status());
        done((*client)->ScrapeInterval(timeout));
      });
      return;
    }
  }
  done(absl::ResourceExhaustedError("too many Prometheus queries wait"));
}

void QueryPool::Run() {
  absl::StatusOr<std::unique_ptr<Client>> client = Client::Create(options_.client);
  while (true) {
    Job job;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(this, &QueryPool::HasWork));
      if (stopping_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    if (client.ok()) {
      job(client->get());
    } else {
      job(client.status());
    }
  }
}

}  // namespace gossamer::prom
