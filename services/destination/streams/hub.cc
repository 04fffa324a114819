#include "services/destination/streams/hub.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/log/log.h"

namespace gossamer::destination {

Hub::Subscription::Subscription(Subscription&& other) noexcept { *this = std::move(other); }

Hub::Subscription& Hub::Subscription::operator=(Subscription&& other) noexcept {
  std::swap(hub_, other.hub_);
  std::swap(key_, other.key_);
  std::swap(id_, other.id_);
  return *this;
}

Hub::Subscription::~Subscription() {
  if (hub_ != nullptr) hub_->Unsubscribe(key_, id_);
}

absl::StatusOr<Hub::Subscription> Hub::Subscribe(const Question& question,
                                                 std::shared_ptr<Subscriber> subscriber) {
  const std::string key = absl::StrCat(question.kind, "|", question.key);
  Published published;
  uint64_t id = 0;
  {
    absl::MutexLock lock(&mutex_);
    if (shut_down_) return absl::UnavailableError("shutting down");
    if (subscribers_ >= subscribers_max_) {
      metrics_->Refused();
      return absl::UnavailableError(
          absl::StrCat("this replica serves its most of ", subscribers_max_, " streams"));
    }
    std::unique_ptr<Answer>& answer = answers_[key];
    if (answer == nullptr) {
      Topics topics;
      Metrics::OfKind* const metrics = metrics_->ForKind(question.kind);
      metrics->built->Increment();
      auto built = question.builder(cluster_, &topics);
      if (!built.ok()) {
        answers_.erase(key);
        return built.status();
      }
      answer = std::make_unique<Answer>();
      answer->metrics = metrics;
      answer->builder = question.builder;
      answer->published = {next_version_++, *std::move(built)};
      metrics->answers->Increment();
      SetTopics(key, answer.get(), std::move(topics));
    }
    id = next_id_++;
    answer->subscribers[id] = subscriber;
    ++subscribers_;
    answer->metrics->streams->Increment();
    published = answer->published;
  }
  subscriber->OnSnapshot(published);
  return Subscription(this, key, id);
}

absl::StatusOr<std::shared_ptr<const Snapshot>> Hub::Ask(const Question& question) {
  absl::MutexLock lock(&mutex_);
  if (shut_down_) return absl::UnavailableError("shutting down");
  const auto found = answers_.find(absl::StrCat(question.kind, "|", question.key));
  if (found != answers_.end()) return found->second->published.snapshot;
  Topics topics;
  metrics_->ForKind(question.kind)->built->Increment();
  return question.builder(cluster_, &topics);
}

void Hub::Read(absl::FunctionRef<void(const Cluster&)> look) const {
  absl::MutexLock lock(&mutex_);
  look(cluster_);
}

void Hub::Shutdown() {
  std::vector<std::shared_ptr<Subscriber>> subscribers;
  {
    absl::MutexLock lock(&mutex_);
    shut_down_ = true;
    for (const auto& [key, answer] : answers_) {
      for (const auto& [id, subscriber] : answer->subscribers) subscribers.push_back(subscriber);
    }
  }
  for (const auto& subscriber : subscribers) subscriber->OnEnd();
}

void Hub::OnEvents(const std::vector<source::Event>& events) {
  std::set<std::string> stale;
  {
    absl::MutexLock lock(&mutex_);
    for (const std::string& topic : cluster_.Apply(events)) {
      const auto found = readers_.find(topic);
      if (found != readers_.end()) stale.insert(found->second.begin(), found->second.end());
    }
  }
  // The lock is let go between answers, so that clients who come meanwhile do not wait for all of
  // them.
  for (const std::string& key : stale) Refresh(key);
}

void Hub::OnStats(const source::Stats& stats) { metrics_->Source(stats); }

void Hub::OnProblem(const source::Problem& problem) {
  GOSSAMER_LOG(kWarn, "destination::source", "manifest refused", {"where", problem.where},
               {"error", problem.message});
}

void Hub::Refresh(const std::string& key) {
  std::vector<std::shared_ptr<Subscriber>> subscribers;
  Published published;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = answers_.find(key);
    if (found == answers_.end()) return;
    Answer* answer = found->second.get();
    Topics topics;
    auto built = answer->builder(cluster_, &topics);
    answer->metrics->built->Increment();
    if (built.ok()) {
      SetTopics(key, answer, std::move(topics));
      if ((*built)->SameAs(*answer->published.snapshot)) return;
      answer->published = {next_version_++, *std::move(built)};
      published = answer->published;
    }
    answer->metrics->changed->Increment();
    for (const auto& [id, subscriber] : answer->subscribers) subscribers.push_back(subscriber);
    // Whoever asks from here on gets the error, not the old answer.
    if (published.snapshot == nullptr) Drop(key);
  }
  for (const auto& subscriber : subscribers) {
    if (published.snapshot != nullptr) {
      subscriber->OnSnapshot(published);
    } else {
      subscriber->OnEnd();
    }
  }
}

void Hub::SetTopics(const std::string& key, Answer* answer, Topics topics) {
  if (answer->topics == topics) return;
  for (const std::string& topic : answer->topics) {
    if (topics.count(topic) > 0) continue;
    const auto found = readers_.find(topic);
    found->second.erase(key);
    if (found->second.empty()) readers_.erase(found);
  }
  for (const std::string& topic : topics) readers_[topic].insert(key);
  answer->topics = std::move(topics);
}

void Hub::Drop(const std::string& key) {
  const auto found = answers_.find(key);
  Answer& answer = *found->second;
  SetTopics(key, &answer, {});
  subscribers_ -= answer.subscribers.size();
  answer.metrics->streams->Decrement(static_cast<double>(answer.subscribers.size()));
  answer.metrics->answers->Decrement();
  answers_.erase(found);
}

void Hub::Unsubscribe(const std::string& key, uint64_t id) {
  std::shared_ptr<Subscriber> last;  // Let go of outside the lock: its end may be ours to run.
  absl::MutexLock lock(&mutex_);
  const auto found = answers_.find(key);
  if (found == answers_.end()) return;
  Answer& answer = *found->second;
  const auto subscriber = answer.subscribers.find(id);
  if (subscriber == answer.subscribers.end()) return;
  last = std::move(subscriber->second);
  answer.subscribers.erase(subscriber);
  --subscribers_;
  answer.metrics->streams->Decrement();
  if (answer.subscribers.empty()) Drop(key);
}

}  // namespace gossamer::destination
