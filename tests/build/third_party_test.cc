// Each library of //third_party links into one program and does its smallest piece of work.

#include <ares.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>
#include <re2/re2.h>
#include <yaml-cpp/yaml.h>
#include <zlib.h>

#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <websocketpp/client.hpp>
#include <websocketpp/config/asio_no_tls.hpp>
#include <websocketpp/config/asio_no_tls_client.hpp>
#include <websocketpp/server.hpp>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"

namespace {

TEST(ThirdPartyTest, GrpcServesHealthAndReflection) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  ASSERT_NE(server, nullptr);
  EXPECT_NE(port, 0);
  EXPECT_NE(server->GetHealthCheckService(), nullptr);
  server->Shutdown();
}

TEST(ThirdPartyTest, HttplibServes) {
  httplib::Server server;
  server.Get("/live", [](const httplib::Request&, httplib::Response& response) {
    response.set_content("live", "text/plain");
  });
  const int port = server.bind_to_any_port("127.0.0.1");
  std::thread thread([&server] { server.listen_after_bind(); });
  const httplib::Result result = httplib::Client("127.0.0.1", port).Get("/live");
  server.stop();
  thread.join();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->body, "live");
}

TEST(ThirdPartyTest, WebsocketppEchoes) {
  using Server = websocketpp::server<websocketpp::config::asio>;
  using Client = websocketpp::client<websocketpp::config::asio_client>;
  Server server;
  server.clear_access_channels(websocketpp::log::alevel::all);
  server.init_asio();
  server.set_message_handler(
      [&server](websocketpp::connection_hdl peer, Server::message_ptr message) {
        server.send(peer, message->get_payload(), message->get_opcode());
      });
  server.listen(asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  server.start_accept();
  asio::error_code error;
  const int port = server.get_local_endpoint(error).port();
  std::thread thread([&server] { server.run(); });

  Client client;
  client.clear_access_channels(websocketpp::log::alevel::all);
  client.init_asio();
  std::string echoed;
  client.set_open_handler([&client](websocketpp::connection_hdl peer) {
    client.send(peer, "tick", websocketpp::frame::opcode::text);
  });
  client.set_message_handler([&](websocketpp::connection_hdl peer, Client::message_ptr message) {
    echoed = message->get_payload();
    client.close(peer, websocketpp::close::status::normal, "");
  });
  websocketpp::lib::error_code failed;
  client.connect(client.get_connection(absl::StrCat("ws://127.0.0.1:", port), failed));
  client.run();
  server.stop();
  thread.join();
  EXPECT_EQ(echoed, "tick");
}

TEST(ThirdPartyTest, TheRestLinks) {
  EXPECT_EQ(ares_library_init(ARES_LIB_INIT_ALL), ARES_SUCCESS);
  EXPECT_STREQ(nghttp2_version(0)->version_str, "1.64.0");
  EXPECT_NE(bssl::UniquePtr<SSL_CTX>(SSL_CTX_new(TLS_method())), nullptr);
  prometheus::Registry registry;
  prometheus::BuildCounter().Name("events_total").Register(registry).Add({}).Increment();
  EXPECT_EQ(registry.Collect().size(), 1u);
  EXPECT_TRUE(RE2::FullMatch("gossamer", "g.*r"));
  EXPECT_EQ(YAML::Load("{port: 4143}")["port"].as<int>(), 4143);
  EXPECT_EQ(nlohmann::json::parse(R"({"port": 4143})")["port"], 4143);
  EXPECT_NE(crc32(0, nullptr, 0) + compressBound(1), 0u);
  CLI::App app("gossamer");
  EXPECT_NE(app.help().find("gossamer"), std::string::npos);
}

}  // namespace
