#include "tests/mesh/load.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "httplib.h"

namespace gossamer::mesh_test {

Load::Load(harness::Pod* client, const Target& target, absl::Duration pause)
    : client_(client), target_(target), pause_(pause), start_(absl::Now()) {
  for (int i = 0; i < kThreads; ++i) {
    threads_.emplace_back([this] { client_->net().Run([this] { Run(); }); });
  }
}

void Load::Run() {
  httplib::Client client(target_.ip, target_.port);
  client.set_keep_alive(true);
  client.set_tcp_nodelay(true);
  client.set_connection_timeout(std::chrono::seconds(5));
  client.set_read_timeout(std::chrono::seconds(5));
  const httplib::Headers headers = {{"Host", target_.host}};
  while (!stop_) {
    const absl::Time begin = absl::Now();
    const httplib::Result result = client.Get(target_.path, headers);
    const absl::Duration took = absl::Now() - begin;
    if (!result) {
      Count(false, httplib::to_string(result.error()), took);
    } else if (result->status != 200) {
      Count(false,
            absl::StrCat(result->status, " ", result->get_header_value("l5d-proxy-error"), " ",
                         result->body),
            took);
    } else {
      Count(true, result->body, took);
    }
    absl::SleepFor(pause_);
  }
}

void Load::Count(bool ok, const std::string& text, absl::Duration took) {
  absl::MutexLock lock(&mutex_);
  result_.longest = std::max(result_.longest, took);
  if (ok) {
    ++result_.ok;
    ++result_.by_body[text];
    return;
  }
  ++result_.failed;
  if (!result_.first_failure.empty()) return;
  result_.first_failure =
      absl::StrCat(absl::FormatDuration(absl::Trunc(absl::Now() - start_, absl::Milliseconds(1))),
                   " after the start: ", text);
}

Load::Result Load::Current() {
  absl::MutexLock lock(&mutex_);
  return result_;
}

void Load::Reset() {
  absl::MutexLock lock(&mutex_);
  result_ = Result();
}

Load::Result Load::Stop() {
  stop_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  return Current();
}

bool Load::WaitForBody(const std::string& body, absl::Duration timeout) {
  const auto answered = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return result_.by_body.contains(body);
  };
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&answered), timeout);
}

}  // namespace gossamer::mesh_test
