#include "lib/fetch/http_client.h"

#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "httplib.h"
#include "lib/status/status_matchers.h"

namespace gossamer {
namespace {

using absl::StatusCode;
using testing::HasSubstr;

class HttpClientTest : public testing::Test {
 protected:
  HttpClientTest() {
    server_.Get("/base/hello", [](const httplib::Request& request, httplib::Response& response) {
      response.set_content("hello " + request.get_param_value("name"), "text/plain");
    });
    server_.Get("/base/wrong", [](const httplib::Request&, httplib::Response& response) {
      response.status = 503;
      response.set_content("not today", "text/plain");
    });
    server_.Get("/base/big", [](const httplib::Request&, httplib::Response& response) {
      response.set_content(std::string(100000, 'x'), "text/plain");
    });
    server_.Get("/base/slow", [this](const httplib::Request&, httplib::Response&) {
      release_.WaitForNotification();
    });
    server_.Post("/base/form", [](const httplib::Request& request, httplib::Response& response) {
      response.set_content(request.get_param_value("query"), "text/plain");
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();  // stop() before it is lost.
  }
  ~HttpClientTest() override {
    if (!release_.HasBeenNotified()) release_.Notify();
    server_.stop();
    thread_.join();
  }

  std::unique_ptr<HttpClient> NewClient(size_t body_bytes_max = 1 << 20) {
    HttpClient::Options options;
    options.body_bytes_max = body_bytes_max;
    return HttpClient::Create(absl::StrCat("http://127.0.0.1:", port_, "/base/"), options).value();
  }

  absl::Notification release_;
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

TEST_F(HttpClientTest, GetsBelowTheBasesPrefix) {
  const auto client = NewClient();
  for (int i = 0; i < 3; ++i) {
    absl::StatusOr<HttpReply> reply = client->Get("/hello?name=a%20b", absl::Seconds(5));
    ASSERT_OK(reply);
    EXPECT_EQ(reply->status, 200);
    EXPECT_EQ(reply->body, "hello a b");
  }
}

TEST_F(HttpClientTest, PostsFormsWithEverythingEscaped) {
  const std::string query = "sum(x{a=\"b&c+d\"}[1m]) % 3\n";
  absl::StatusOr<HttpReply> reply =
      NewClient()->PostForm("/form", "query=" + PercentEncode(query), absl::Seconds(5));
  ASSERT_OK(reply);
  EXPECT_EQ(reply->body, query);
}

TEST_F(HttpClientTest, HandsOverFailuresOfTheServerAsReplies) {
  absl::StatusOr<HttpReply> reply = NewClient()->Get("/wrong", absl::Seconds(5));
  ASSERT_OK(reply);
  EXPECT_EQ(reply->status, 503);
  EXPECT_EQ(reply->body, "not today");
}

TEST_F(HttpClientTest, RefusesABodyPastItsBound) {
  EXPECT_THAT(NewClient(/*body_bytes_max=*/1000)->Get("/big", absl::Seconds(5)),
              StatusIs(StatusCode::kResourceExhausted, HasSubstr("more than 1000 bytes")));
}

TEST_F(HttpClientTest, GivesUpOnASlowServer) {
  EXPECT_THAT(NewClient()->Get("/slow", absl::Milliseconds(50)),
              StatusIs(StatusCode::kDeadlineExceeded, HasSubstr("127.0.0.1")));
}

TEST(HttpClientErrorTest, NamesAServerThatIsNotThere) {
  const auto client = HttpClient::Create("http://127.0.0.1:1", HttpClient::Options()).value();
  EXPECT_THAT(client->Get("/", absl::Seconds(5)),
              StatusIs(StatusCode::kUnavailable, "GET http://127.0.0.1:1: cannot connect"));
}

TEST(HttpClientUrlTest, RefusesBadUrlsAndNamesThem) {
  for (const char* bad :
       {"", "127.0.0.1:9090", "http://", "http://:80", "https://prometheus", "http://a:0",
        "http://a:65536", "http://a:x", "http://a b", "http://a/?q=1", "http://u@a", "ftp://a"}) {
    EXPECT_THAT(HttpClient::Create(bad, HttpClient::Options()).status(),
                StatusIs(StatusCode::kInvalidArgument, HasSubstr(absl::StrCat("\"", bad, "\""))));
  }
  for (const char* good : {"http://a", "http://a:9090", "http://a:9090/", "http://[::1]:1/x/y"}) {
    EXPECT_OK(HttpClient::Create(good, HttpClient::Options()).status()) << good;
  }
}

}  // namespace
}  // namespace gossamer
