#include "proxy/policy/convert_endpoint.h"

#include <functional>
#include <vector>

#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"

namespace gossamer::proxy {
namespace {

namespace api = io::linkerd::proxy::destination;
using Map = google::protobuf::Map<std::string, std::string>;

api::WeightedAddr Address() {
  api::WeightedAddr message;
  message.mutable_addr()->mutable_ip()->set_ipv4(0x0a010203);
  message.mutable_addr()->set_port(80);
  return message;
}

Endpoint Convert(const std::function<void(api::WeightedAddr*)>& change) {
  api::WeightedAddr message = Address();
  change(&message);
  return *ConvertEndpoint(message, Map());
}

TEST(ConvertEndpointTest, ReadsBothFamilies) {
  EXPECT_EQ(ConvertEndpoint(Address(), Map())->address.ToString(), "10.1.2.3:80");
  const Endpoint v6 = Convert([](api::WeightedAddr* message) {
    auto* ip = message->mutable_addr()->mutable_ip()->mutable_ipv6();
    ip->set_first(0xfd00'0000'0000'0000);
    ip->set_last(0x0102);
  });
  EXPECT_EQ(v6.address.ToString(), "[fd00::102]:80");
}

TEST(ConvertEndpointTest, RefusesAddressesOfNothing) {
  api::WeightedAddr no_ip = Address();
  no_ip.mutable_addr()->clear_ip();
  api::WeightedAddr empty_ip = Address();
  empty_ip.mutable_addr()->mutable_ip()->clear_ip();
  api::WeightedAddr no_port = Address();
  no_port.mutable_addr()->set_port(0);
  api::WeightedAddr unspecified = Address();
  unspecified.mutable_addr()->mutable_ip()->set_ipv4(0);
  for (const api::WeightedAddr& message :
       {api::WeightedAddr(), no_ip, empty_ip, no_port, unspecified}) {
    EXPECT_THAT(ConvertEndpoint(message, Map()).status(),
                StatusIs(absl::StatusCode::kInvalidArgument, ::testing::_));
  }
}

TEST(ConvertEndpointTest, PutsAnAddressLabelsOverItsSets) {
  api::WeightedAddr message = Address();
  (*message.mutable_metric_labels())["pod"] = "p";
  (*message.mutable_metric_labels())["zone"] = "a";
  Map set;
  set["zone"] = "b";
  set["service"] = "s";
  const Labels expected = {{"pod", "p"}, {"service", "s"}, {"zone", "a"}};
  EXPECT_EQ(ConvertEndpoint(message, set)->labels, expected);
}

TEST(ConvertEndpointTest, UsesTlsOnlyWithAUsableIdentity) {
  struct Case {
    const char* name;
    std::function<void(api::TlsIdentity*)> set;
    std::optional<ServerTls> tls;
  };
  for (const Case& c : std::vector<Case>{
           {"no strategy", [](auto*) {}, std::nullopt},
           {"DNS", [](auto* t) { t->mutable_dns_like_identity()->set_name("a.b"); },
            ServerTls{"a.b", "a.b"}},
           {"DNS with server name",
            [](auto* t) {
              t->mutable_dns_like_identity()->set_name("a.b");
              t->mutable_server_name()->set_name("sni");
            },
            ServerTls{"a.b", "sni"}},
           {"empty DNS", [](auto* t) { t->mutable_dns_like_identity(); }, std::nullopt},
           {"URI", [](auto* t) { t->mutable_uri_like_identity()->set_uri("spiffe://r/a"); },
            std::nullopt},
           {"URI with server name",
            [](auto* t) {
              t->mutable_uri_like_identity()->set_uri("spiffe://r/a");
              t->mutable_server_name()->set_name("sni");
            },
            ServerTls{"spiffe://r/a", "sni"}},
       }) {
    const Endpoint endpoint =
        Convert([&](api::WeightedAddr* message) { c.set(message->mutable_tls_identity()); });
    EXPECT_EQ(endpoint.tls, c.tls) << c.name;
  }
  EXPECT_EQ(Convert([](auto*) {}).tls, std::nullopt);
}

TEST(ConvertEndpointTest, ReadsHints) {
  EXPECT_EQ(Convert([](auto*) {}).hint, Endpoint::Hint::kUnknown);
  EXPECT_EQ(Convert([](auto* m) { m->mutable_protocol_hint()->mutable_h2(); }).hint,
            Endpoint::Hint::kHttp2);
  EXPECT_EQ(Convert([](auto* m) { m->mutable_protocol_hint()->mutable_opaque(); }).hint,
            Endpoint::Hint::kOpaque);
}

TEST(ConvertEndpointTest, IgnoresTransportPortsOutOfRange) {
  const auto port = [](uint32_t value) {
    return Convert([&](api::WeightedAddr* message) {
             message->mutable_protocol_hint()->mutable_opaque_transport()->set_inbound_port(value);
           })
        .transport_port;
  };
  EXPECT_EQ(port(4143), 4143);
  EXPECT_EQ(port(1), 1);
  EXPECT_EQ(port(65534), 65534);
  EXPECT_EQ(port(0), 0);
  EXPECT_EQ(port(65535), 0);
  EXPECT_EQ(port(65536 + 4143), 0);
}

TEST(ConvertEndpointTest, TakesHttp2SettingsOnlyWhole) {
  const Endpoint half = Convert([](api::WeightedAddr* message) {
    message->mutable_http2()->mutable_flow_control()->set_initial_stream_window_size(1);
    message->mutable_http2()->mutable_keep_alive()->mutable_interval()->set_seconds(10);
  });
  EXPECT_EQ(half.http2, EndpointHttp2());
  const Endpoint whole = Convert([](api::WeightedAddr* message) {
    auto* flow = message->mutable_http2()->mutable_flow_control();
    flow->set_initial_stream_window_size(1);
    flow->set_initial_connection_window_size(2);
    auto* keepalive = message->mutable_http2()->mutable_keep_alive();
    keepalive->mutable_interval()->set_seconds(10);
    keepalive->mutable_timeout()->set_seconds(3);
    keepalive->set_while_idle(true);
  });
  EXPECT_EQ(whole.http2, (EndpointHttp2{1, 2, absl::Seconds(10), absl::Seconds(3), true}));
  const Endpoint without_pause = Convert([](api::WeightedAddr* message) {
    auto* keepalive = message->mutable_http2()->mutable_keep_alive();
    keepalive->mutable_interval();
    keepalive->mutable_timeout()->set_seconds(3);
  });
  EXPECT_EQ(without_pause.http2, EndpointHttp2());
}

}  // namespace
}  // namespace gossamer::proxy
