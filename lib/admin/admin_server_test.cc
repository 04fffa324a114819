#include "lib/admin/admin_server.h"

#include <fcntl.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "httplib.h"
#include "lib/log/log.h"
#include "lib/net/descriptor_limit.h"
#include "lib/net/socket.h"
#include "lib/status/status_matchers.h"

namespace gossamer {
namespace {

using ::testing::HasSubstr;

class AdminServerTest : public testing::Test {
 protected:
  AdminServerTest() {
    AdminServer::Options options;
    options.ready = [this] { return ready_.load(); };
    options.metrics = [] { return std::string("up 1\n"); };
    options.handlers["/ping"] = [](const AdminServer::Request& request) {
      AdminServer::Response response;
      response.body = request.query.count("q") > 0 ? request.query.find("q")->second : "pong";
      return response;
    };
    options.handlers["/throws"] = [](const AdminServer::Request&) -> AdminServer::Response {
      throw std::runtime_error("secret");
    };
    auto server = AdminServer::Start("127.0.0.1:0", std::move(options));
    EXPECT_OK(server);
    server_ = *std::move(server);
  }

  httplib::Client Client() {
    httplib::Client client("127.0.0.1", server_->address().port());
    client.set_read_timeout(5);
    return client;
  }
  std::pair<int, std::string> Get(const std::string& path) {
    const httplib::Result result = Client().Get(path);
    if (!result) return {0, httplib::to_string(result.error())};
    return {result->status, result->body};
  }

  std::atomic<bool> ready_{true};
  std::unique_ptr<AdminServer> server_;
};

using Answer = std::pair<int, std::string>;

TEST_F(AdminServerTest, ServesItsPaths) {
  EXPECT_EQ(Get("/live"), Answer(200, "live\n"));
  EXPECT_EQ(Get("/ready"), Answer(200, "ready\n"));
  EXPECT_EQ(Get("/metrics"), Answer(200, "up 1\n"));
  EXPECT_EQ(Get("/ping"), Answer(200, "pong"));
  EXPECT_EQ(Get("/ping?q=a%20b"), Answer(200, "a b"));
  EXPECT_EQ(Get("/"), Answer(404, "not found\n"));
  EXPECT_EQ(Get("/live/"), Answer(404, "not found\n"));
  EXPECT_EQ(Get("/../etc/passwd"), Answer(404, "not found\n"));
}

// A control plane has a connection with each of thousands of proxies.
TEST_F(AdminServerTest, AnswersInAProcessOfManyDescriptors) {
  constexpr int kDescriptors = 1100;
  ASSERT_GT(net::RaiseDescriptorLimit(), kDescriptors + 100u);
  std::vector<net::UniqueFd> many;
  for (int i = 0; i < kDescriptors; ++i) many.emplace_back(open("/dev/null", O_RDONLY | O_CLOEXEC));
  ASSERT_GT(many.back().get(), 1024);
  EXPECT_EQ(Get("/ready"), Answer(200, "ready\n"));
}

TEST_F(AdminServerTest, IsNotReadyUntilTheCallbackSaysSo) {
  ready_ = false;
  EXPECT_EQ(Get("/ready"), Answer(503, "not ready\n"));
  ready_ = true;
  EXPECT_EQ(Get("/ready").first, 200);
}

TEST_F(AdminServerTest, AnswersHeadWithoutABody) {
  const httplib::Result result = Client().Head("/metrics");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 200);
  EXPECT_EQ(result->body, "");
}

TEST_F(AdminServerTest, RefusesOtherMethods) {
  for (const char* path : {"/live", "/metrics", "/ping"}) {
    const httplib::Result result = Client().Post(path, "x", "text/plain");
    ASSERT_TRUE(result) << path;
    EXPECT_EQ(result->status, 405) << path;
    EXPECT_EQ(result->get_header_value("Allow"), "GET, HEAD") << path;
  }
  EXPECT_EQ(Client().Delete("/log-level")->status, 405);
}

TEST_F(AdminServerTest, TellsAndChangesTheLogLevel) {
  EXPECT_EQ(Get("/log-level"), Answer(200, "warn\n"));
  EXPECT_EQ(Client().Put("/log-level", "info,x=debug\n", "text/plain")->status, 204);
  EXPECT_EQ(log::FilterText(), "info,x=debug");
  const httplib::Result bad = Client().Put("/log-level", "x=loud", "text/plain");
  EXPECT_EQ(bad->status, 400);
  EXPECT_THAT(bad->body, HasSubstr("x=loud"));
  EXPECT_EQ(log::FilterText(), "info,x=debug");
  EXPECT_OK(log::SetFilter("warn"));
}

TEST_F(AdminServerTest, RefusesALargeOrUnboundedBody) {
  // The client may see the refusal or, while it still writes, the closed connection.
  const auto refused = [](const httplib::Result& result) {
    return !result || result->status == 411;
  };
  const std::string big = "info" + std::string(1 << 20, ',');
  EXPECT_TRUE(refused(Client().Put("/log-level", big, "text/plain")));
  EXPECT_TRUE(refused(Client().Put(
      "/log-level",
      [](size_t, httplib::DataSink& sink) {
        sink.write("info", 4);
        sink.done();
        return true;
      },
      "text/plain")));
  EXPECT_EQ(log::FilterText(), "warn");
}

TEST_F(AdminServerTest, DoesNotTellWhatAHandlerThrew) {
  EXPECT_EQ(Get("/throws"), Answer(500, "internal error\n"));
}

TEST_F(AdminServerTest, ServesMoreClientsThanThreads) {
  std::atomic<int> good{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 12; ++i) {
    clients.emplace_back([&] {
      for (int n = 0; n < 5; ++n) good += Get("/live").first == 200 ? 1 : 0;
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(good, 60);
}

TEST_F(AdminServerTest, StopsAndStaysStopped) {
  server_->Stop();
  EXPECT_EQ(Get("/live").first, 0);
  server_->Stop();
}

TEST_F(AdminServerTest, NamesTheAddressItCannotListenOn) {
  const std::string address = server_->address().ToString();
  EXPECT_THAT(AdminServer::Start(address, {}),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr(address)));
  EXPECT_THAT(AdminServer::Start("localhost", {}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("localhost")));
}

TEST(AdminServerDefaultsTest, HasNoMetricsUnlessGivenAny) {
  auto server = AdminServer::Start("127.0.0.1:0", {});
  ASSERT_OK(server);
  httplib::Client client("127.0.0.1", (*server)->address().port());
  EXPECT_EQ(client.Get("/metrics")->status, 404);
  EXPECT_EQ(client.Get("/ready")->status, 200);
}

}  // namespace
}  // namespace gossamer
