#include "lib/prometheus/query_pool.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "httplib.h"
#include "lib/status/status_matchers.h"

namespace gossamer::prom {
namespace {

using absl::StatusCode;
using testing::HasSubstr;

using Vectors = absl::StatusOr<std::vector<Vector>>;

// Answers the HTTP API as the test says; no Prometheus.
class FakePrometheus {
 public:
  explicit FakePrometheus(std::function<void(const std::string&, httplib::Response&)> answer) {
    server_.new_task_queue = [] { return new httplib::ThreadPool(32); };
    server_.Post("/api/v1/query",
                 [answer](const httplib::Request& request, httplib::Response& response) {
                   answer(request.get_param_value("query"), response);
                 });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~FakePrometheus() {
    server_.stop();
    thread_.join();
  }

  std::string url() const { return absl::StrCat("http://127.0.0.1:", port_); }

 private:
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

void AnswerNumber(httplib::Response& response, const std::string& number) {
  response.set_content(absl::StrCat(R"({"status":"success","data":{"resultType":"vector",)",
                                    R"("result":[{"metric":{},"value":[1,")", number, R"("]}]}})"),
                       "application/json");
}

std::unique_ptr<QueryPool> NewPool(const std::string& url, int threads = 4,
                                   size_t queue_max = 100) {
  QueryPool::Options options;
  options.client.url = url;
  options.client.reply_bytes_max = 10000;
  options.threads = threads;
  options.queue_max = queue_max;
  return QueryPool::Create(options).value();
}

Vectors Wait(QueryPool& pool, std::vector<std::string> queries,
             absl::Duration timeout = absl::Seconds(10)) {
  Vectors result = absl::UnknownError("no result");
  absl::Notification done;
  pool.Query(std::move(queries), timeout, [&](Vectors vectors) {
    result = std::move(vectors);
    done.Notify();
  });
  done.WaitForNotification();
  return result;
}

TEST(QueryPoolTest, AnswersInTheOrderOfTheQueries) {
  FakePrometheus prometheus(
      [](const std::string& query, httplib::Response& response) { AnswerNumber(response, query); });
  auto pool = NewPool(prometheus.url());
  std::vector<std::string> queries;
  for (int i = 0; i < 50; ++i) queries.push_back(absl::StrCat(i));
  Vectors vectors = Wait(*pool, queries);
  ASSERT_OK(vectors);
  ASSERT_EQ(vectors->size(), 50u);
  for (int i = 0; i < 50; ++i) EXPECT_EQ((*vectors)[i].at(0).value, i);
  EXPECT_OK(Wait(*pool, {}));
}

TEST(QueryPoolTest, AsksNoMoreAtOnceThanItHasThreads) {
  std::atomic<int> now = 0;
  std::atomic<int> most = 0;
  FakePrometheus prometheus([&](const std::string&, httplib::Response& response) {
    const int current = ++now;
    int seen = most;
    while (current > seen && !most.compare_exchange_weak(seen, current)) {
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // Lets the others arrive.
    --now;
    AnswerNumber(response, "1");
  });
  auto pool = NewPool(prometheus.url(), /*threads=*/3);
  ASSERT_OK(Wait(*pool, std::vector<std::string>(30, "q")));
  EXPECT_LE(most, 3);
  EXPECT_GE(most, 2);
}

TEST(QueryPoolTest, TellsItsObserverOfEveryQuery) {
  FakePrometheus prometheus([](const std::string& query, httplib::Response& response) {
    response.status = query == "bad" ? 500 : 200;
    AnswerNumber(response, query == "bad" ? "x" : "1");
  });
  std::atomic<int> good = 0;
  std::atomic<int> bad = 0;
  QueryPool::Options options;
  options.client.url = prometheus.url();
  options.observe = [&](absl::Duration took, const absl::Status& status) {
    EXPECT_GE(took, absl::ZeroDuration());
    ++(status.ok() ? good : bad);
  };
  auto pool = QueryPool::Create(options).value();
  ASSERT_OK(Wait(*pool, {"a", "b"}));
  EXPECT_FALSE(Wait(*pool, {"bad"}).ok());
  EXPECT_EQ(good, 2);
  EXPECT_EQ(bad, 1);
}

TEST(QueryPoolTest, ReportsOneFailureForTheWholeBatch) {
  FakePrometheus prometheus([](const std::string& query, httplib::Response& response) {
    if (query != "bad") return AnswerNumber(response, "1");
    response.status = 400;
    response.set_content(R"({"status":"error","errorType":"bad_data","error":"parse error"})",
                         "application/json");
  });
  auto pool = NewPool(prometheus.url());
  EXPECT_THAT(Wait(*pool, {"a", "bad", "b"}),
              StatusIs(StatusCode::kInvalidArgument,
                       HasSubstr(absl::StrCat("Prometheus at ", prometheus.url(),
                                              ": bad_data: parse error"))));
}

TEST(QueryPoolTest, RefusesWhatItsQueueCannotHold) {
  FakePrometheus prometheus(
      [](const std::string&, httplib::Response& response) { AnswerNumber(response, "1"); });
  auto pool = NewPool(prometheus.url(), /*threads=*/1, /*queue_max=*/3);
  EXPECT_THAT(Wait(*pool, {"1", "2", "3", "4"}),
              StatusIs(StatusCode::kResourceExhausted, HasSubstr("more than 3")));
  EXPECT_OK(Wait(*pool, {"1", "2", "3"}));
}

TEST(QueryPoolTest, EndsSlowQueriesAtTheDeadline) {
  absl::Notification release;
  FakePrometheus prometheus(
      [&](const std::string&, httplib::Response&) { release.WaitForNotification(); });
  auto pool = NewPool(prometheus.url(), /*threads=*/1);
  EXPECT_THAT(Wait(*pool, {"a", "b"}, absl::Milliseconds(50)),
              StatusIs(StatusCode::kDeadlineExceeded, HasSubstr("Prometheus at")));
  release.Notify();
}

TEST(QueryPoolTest, ExplainsWhatIsNoPrometheus) {
  FakePrometheus garbage([](const std::string& query, httplib::Response& response) {
    if (query == "status") response.status = 502;
    response.set_content(query == "big" ? std::string(20000, ' ') : "<html>", "text/html");
  });
  auto pool = NewPool(garbage.url());
  EXPECT_THAT(Wait(*pool, {"x"}),
              StatusIs(StatusCode::kInternal, HasSubstr("the reply is not Prometheus's")));
  EXPECT_THAT(Wait(*pool, {"status"}),
              StatusIs(StatusCode::kUnavailable, HasSubstr("HTTP status 502")));
  EXPECT_THAT(Wait(*pool, {"big"}),
              StatusIs(StatusCode::kResourceExhausted, HasSubstr("more than 10000 bytes")));

  auto nobody = NewPool("http://127.0.0.1:1");
  EXPECT_THAT(Wait(*nobody, {"x"}),
              StatusIs(StatusCode::kUnavailable, HasSubstr("127.0.0.1:1: cannot connect")));
}

TEST(QueryPoolTest, RunsEveryCallbackBeforeItIsGone) {
  absl::Notification entered;
  FakePrometheus prometheus([&](const std::string& query, httplib::Response& response) {
    if (query == "first") entered.Notify();
    AnswerNumber(response, "1");
  });
  std::atomic<int> called = 0;
  {
    auto pool = NewPool(prometheus.url(), /*threads=*/1);
    pool->Query({"first"}, absl::Seconds(5), [&](Vectors) { ++called; });
    for (int i = 0; i < 20; ++i) {
      pool->Query({"x", "y"}, absl::Seconds(5), [&](Vectors) { ++called; });
    }
    entered.WaitForNotification();
  }
  EXPECT_EQ(called, 21);
}

TEST(QueryPoolTest, RefusesAUrlThatIsNone) {
  QueryPool::Options options;
  options.client.url = "prometheus:9090";
  EXPECT_THAT(QueryPool::Create(options).status(),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("prometheus:9090")));
}

}  // namespace
}  // namespace gossamer::prom
