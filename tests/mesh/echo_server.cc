#include "tests/mesh/echo_server.h"

#include <cstdlib>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace gossamer::mesh_test {
namespace {

constexpr int kThreads = 64;

}  // namespace

EchoServer::EchoServer(harness::Pod* pod) : name_(pod->name()) {
  server_.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  server_.set_keep_alive_max_count(1 << 30);
  server_.set_keep_alive_timeout(30);
  server_.set_tcp_nodelay(true);
  server_.set_pre_routing_handler([this](const auto&, auto&) {
    ++requests_;
    return httplib::Server::HandlerResponse::Unhandled;
  });
  server_.Get("/whoami",
              [this](const auto&, auto& response) { response.set_content(name_, "text/plain"); });
  server_.Get(R"(/slow/(\d+))", [this](const auto& request, auto& response) {
    absl::SleepFor(absl::Milliseconds(atoi(request.matches[1].str().c_str())));
    response.set_content(name_, "text/plain");
  });
  server_.Get(R"(/status/(\d+))", [](const auto& request, auto& response) {
    response.status = atoi(request.matches[1].str().c_str());
  });
  server_.Get(R"(/chunks/(\d+))", [](const auto& request, auto& response) {
    const int count = atoi(request.matches[1].str().c_str());
    response.set_chunked_content_provider(
        "text/plain", [count, sent = 0](size_t, httplib::DataSink& sink) mutable {
          if (sent++ == count) {
            sink.done();
            return true;
          }
          const std::string chunk(kChunk, 'c');
          return sink.write(chunk.data(), chunk.size());
        });
  });
  const auto echo = [](const httplib::Request& request, httplib::Response& response) {
    response.set_content(request.body, "application/octet-stream");
  };
  server_.Post("/echo", echo);
  server_.Put("/echo", echo);
  const char* const any = pod->ip6().empty() ? "0.0.0.0" : "::";
  pod->net().Run([&] { EXPECT_TRUE(server_.bind_to_port(any, kPort)); });
  thread_ = std::thread([this] { server_.listen_after_bind(); });
  // Before it runs, stop() would do nothing and Stop() wait for ever.
  while (!server_.is_running()) absl::SleepFor(absl::Milliseconds(1));
}

EchoServer::~EchoServer() { Stop(); }

void EchoServer::Stop() {
  if (!thread_.joinable()) return;
  server_.stop();
  thread_.join();
}

}  // namespace gossamer::mesh_test
