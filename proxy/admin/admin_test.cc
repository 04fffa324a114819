#include "proxy/admin/admin.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"

namespace gossamer::proxy {
namespace {

using ::testing::HasSubstr;

class AdminTest : public ::testing::Test {
 protected:
  void SetUp() override { Make(/*shutdown_enabled=*/true); }

  void Make(bool shutdown_enabled) {
    Admin::Hooks hooks;
    hooks.ready = [this] { return ready_; };
    hooks.metrics = [] { return "metrics"; };
    hooks.shutdown = [this] { ++shutdowns_; };
    hooks.drain = [this](absl::Duration deadline, Admin::Hooks::OnCount on_count) {
      drains_.push_back(deadline);
      on_count_ = std::move(on_count);
    };
    hooks.count_draining = [this](Admin::Hooks::OnCount on_count) {
      on_count_ = std::move(on_count);
    };
    auto admin = Admin::Create(loop_.get(), *net::SocketAddress::Parse("127.0.0.1:0"),
                               shutdown_enabled, std::move(hooks));
    ASSERT_OK(admin);
    admin_ = *std::move(admin);
  }
  // Nothing where the answer is yet to come.
  std::optional<Admin::Response> Ask(absl::string_view method, absl::string_view path,
                                     absl::string_view query = "", bool from_loopback = true) {
    Admin::Request request;
    request.method = method;
    request.path = path;
    request.query = query;
    request.from_loopback = from_loopback;
    response_.reset();
    admin_->Handle(request, [this](const Admin::Response& response) { response_ = response; });
    return response_;
  }
  int StatusOf(absl::string_view method, absl::string_view path, absl::string_view query = "",
               bool from_loopback = true) {
    const auto response = Ask(method, path, query, from_loopback);
    return response.has_value() ? response->status : 0;
  }

  std::unique_ptr<event::Loop> loop_ = *event::Loop::Create();
  bool ready_ = false;
  int shutdowns_ = 0;
  std::vector<absl::Duration> drains_;
  Admin::Hooks::OnCount on_count_;
  std::optional<Admin::Response> response_;
  std::unique_ptr<Admin> admin_;
};

TEST_F(AdminTest, TellsReadinessAndLife) {
  EXPECT_EQ(StatusOf("GET", "/live"), 200);
  EXPECT_EQ(StatusOf("GET", "/ready"), 503);
  EXPECT_EQ(response_->body, "not ready\n");
  ready_ = true;
  EXPECT_EQ(StatusOf("GET", "/ready", "", /*from_loopback=*/false), 200);
  EXPECT_EQ(response_->body, "ready\n");
  EXPECT_EQ(StatusOf("GET", "/nothing"), 404);
}

TEST_F(AdminTest, DrainsWithoutADeadlineUnlessToldOtherwise) {
  EXPECT_FALSE(Ask("POST", "/drain").has_value()) << "the workers have not counted yet";
  ASSERT_EQ(drains_.size(), 1u);
  EXPECT_EQ(drains_[0], absl::InfiniteDuration());
  on_count_(3);
  ASSERT_TRUE(response_.has_value());
  EXPECT_EQ(response_->status, 200);
  EXPECT_EQ(response_->body, "{\"draining\":3}\n");
  EXPECT_STREQ(response_->content_type, "application/json");
}

TEST_F(AdminTest, DrainsWithADeadline) {
  Ask("POST", "/drain", "deadline=30s");
  Ask("POST", "/drain", "deadline=0");
  EXPECT_EQ(drains_, (std::vector<absl::Duration>{absl::Seconds(30), absl::ZeroDuration()}));
}

TEST_F(AdminTest, TellsHowManyConnectionsAreLeft) {
  Ask("GET", "/drain");
  EXPECT_TRUE(drains_.empty());
  on_count_(0);
  EXPECT_EQ(response_->body, "{\"draining\":0}\n");
}

TEST_F(AdminTest, RefusesADrainThatItDoesNotUnderstand) {
  EXPECT_EQ(StatusOf("POST", "/drain", "deadline=soon"), 400);
  EXPECT_THAT(response_->body, HasSubstr("deadline 'soon': "));
  EXPECT_EQ(StatusOf("POST", "/drain", "deadline=1s&force=true"), 400);
  EXPECT_EQ(StatusOf("POST", "/drain", "force"), 400);
  EXPECT_THAT(response_->body, HasSubstr("'force'"));
  EXPECT_EQ(StatusOf("PUT", "/drain"), 405);
  EXPECT_STREQ(response_->allow, "GET, POST");
  EXPECT_TRUE(drains_.empty());
}

TEST_F(AdminTest, WhatChangesThingsIsLocal) {
  for (const char* path : {"/drain", "/shutdown", "/proxy-log-level"}) {
    for (const char* method : {"GET", "POST", "PUT"}) {
      EXPECT_EQ(StatusOf(method, path, "", /*from_loopback=*/false), 403) << path;
    }
  }
  EXPECT_TRUE(drains_.empty());
  EXPECT_EQ(shutdowns_, 0);
}

TEST_F(AdminTest, ShutdownHasToBeEnabledAndDrainHasNot) {
  EXPECT_EQ(StatusOf("POST", "/shutdown"), 200);
  EXPECT_EQ(shutdowns_, 1);
  EXPECT_EQ(StatusOf("GET", "/shutdown"), 405);
  Make(/*shutdown_enabled=*/false);
  EXPECT_EQ(StatusOf("POST", "/shutdown"), 404);
  EXPECT_EQ(response_->body, "shutdown endpoint is not enabled\n");
  EXPECT_EQ(shutdowns_, 1);
  Ask("POST", "/drain");
  EXPECT_EQ(drains_.size(), 1u);
}

}  // namespace
}  // namespace gossamer::proxy
