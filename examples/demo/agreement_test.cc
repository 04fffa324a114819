#include "examples/demo/agreement.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gossamer::demo {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

harness::Sample Response(const std::string& direction, const std::string& where_label,
                         const std::string& where, const std::string& code_label,
                         const std::string& code, double value) {
  return {"response_total",
          {{"direction", direction}, {where_label, where}, {code_label, code}, {"tls", "true"}},
          value};
}

harness::Sample Bytes(const std::string& name, const std::string& direction,
                      const std::string& peer, const std::string& port, double value) {
  return {name, {{"direction", direction}, {"peer", peer}, {"target_port", port}}, value};
}

harness::Sample Opened(const std::string& tls) {
  return {"tcp_open_total",
          {{"direction", "inbound"}, {"peer", "src"}, {"tls", tls}, {"target_port", "8080"}},
          1};
}

// A shop in which everything agrees.
ObservedByDeployment Agreeing() {
  ObservedByDeployment o;
  o["web"].counts = {{"served.http.200", 90},
                     {"served.http.503", 10},
                     {"sent.catalog.grpc.0", 60},
                     {"sent.pricing.grpc.0", 30},
                     {"sent.pricing.grpc.14", 10}};
  o["web"].samples = {Response("inbound", "target_port", "8080", "status_code", "200", 90),
                      Response("inbound", "target_port", "8080", "status_code", "503", 10),
                      Response("outbound", "dst_service", "catalog", "grpc_status", "0", 60),
                      Response("outbound", "dst_service", "pricing", "grpc_status", "0", 30),
                      Response("outbound", "dst_service", "pricing", "grpc_status", "14", 10),
                      Opened("true")};
  for (const char* version : {"catalog-v1", "catalog-v2"}) {
    o[version].counts = {{"served.grpc.0", 30}};
    o[version].samples = {Response("inbound", "target_port", "7001", "grpc_status", "0", 30),
                          Opened("true")};
  }
  o["pricing"].counts = {{"served.grpc.0", 30}, {"served.grpc.14", 10}};
  o["pricing"].samples = {Response("inbound", "target_port", "7002", "grpc_status", "0", 30),
                          Response("inbound", "target_port", "7002", "grpc_status", "14", 10),
                          Opened("true")};
  o["feed"].counts = {{"served.http.101", 1}};
  o["feed"].samples = {Response("inbound", "target_port", "7080", "status_code", "101", 1),
                       Opened("true")};
  o["store"].counts = {{"served.bytes_read", 500}, {"served.bytes_written", 700}};
  o["store"].samples = {Bytes("tcp_write_bytes_total", "inbound", "dst", "", 500),
                        Bytes("tcp_read_bytes_total", "inbound", "dst", "", 700), Opened("true")};
  o["traffic"].counts = {{"sent.web.http.200", 90},
                         {"sent.web.http.503", 10},
                         {"sent.feed.http.101", 1},
                         {"sent.store.bytes_written", 500},
                         {"sent.store.bytes_read", 700}};
  o["traffic"].samples = {Response("outbound", "dst_service", "web", "status_code", "200", 90),
                          Response("outbound", "dst_service", "web", "status_code", "503", 10),
                          Response("outbound", "dst_service", "feed", "status_code", "101", 1),
                          Bytes("tcp_read_bytes_total", "outbound", "src", "7070", 500),
                          Bytes("tcp_write_bytes_total", "outbound", "src", "7070", 700)};
  return o;
}

TEST(AgreementTest, IsSilentWhereAllAgrees) {
  EXPECT_THAT(CompareCounts(Agreeing()), IsEmpty());
  EXPECT_THAT(CheckMutualTls(Agreeing()), IsEmpty());
}

TEST(AgreementTest, NamesACountThatDiffers) {
  ObservedByDeployment o = Agreeing();
  o["pricing"].counts["served.grpc.14"] = 11;
  EXPECT_THAT(CompareCounts(o),
              Contains(AllOf(HasSubstr("pricing counted 11"), HasSubstr("its proxy 10"),
                             HasSubstr("grpc_status=\"14\""))));
}

TEST(AgreementTest, NamesAStatusThatOnlyTheMeshSaw) {
  ObservedByDeployment o = Agreeing();
  o["web"].samples.push_back(Response("inbound", "target_port", "8080", "status_code", "502", 1));
  EXPECT_THAT(CompareCounts(o), Contains(HasSubstr("web counted 0 of served.http.502")));
}

TEST(AgreementTest, NamesBytesThatDiffer) {
  ObservedByDeployment o = Agreeing();
  o["store"].counts["served.bytes_read"] = 499;
  EXPECT_THAT(CompareCounts(o), Contains(HasSubstr("store counted 499 of served.bytes_read")));
}

TEST(AgreementTest, SilenceIsNoAgreement) {
  EXPECT_THAT(CompareCounts({}), Contains(HasSubstr("web counted no served.http.*")));
  EXPECT_THAT(CheckMutualTls({}), Contains(HasSubstr("store took no connection")));
}

TEST(AgreementTest, NamesErrorsThatAProgramCounted) {
  ObservedByDeployment o = Agreeing();
  o["traffic"].counts["sent.web.error.Read"] = 2;
  EXPECT_THAT(CompareCounts(o), Contains("traffic counted 2 of sent.web.error.Read"));
}

TEST(AgreementTest, NamesPlaintext) {
  ObservedByDeployment o = Agreeing();
  o["web"].samples.push_back(Opened("no_identity"));
  EXPECT_THAT(CheckMutualTls(o),
              Contains(AllOf(HasSubstr("web: not mutual TLS"), HasSubstr("tls=\"no_identity\""))));
}

TEST(AgreementTest, AdminPortMayBePlaintext) {
  ObservedByDeployment o = Agreeing();
  harness::Sample admin = Opened("no_identity");
  admin.labels["target_port"] = "4191";
  o["web"].samples.push_back(admin);
  EXPECT_THAT(CheckMutualTls(o), IsEmpty());
}

TEST(AgreementTest, SuccessRateIsOfRequestsServed) {
  EXPECT_DOUBLE_EQ(OwnSuccessRate({{"served.grpc.0", 95}, {"served.grpc.14", 5}}), 0.95);
  EXPECT_DOUBLE_EQ(OwnSuccessRate({{"served.http.200", 30}, {"served.http.503", 10}}), 0.75);
  // A caller's fault is no failure of the server.
  EXPECT_DOUBLE_EQ(OwnSuccessRate({{"served.grpc.5", 10}, {"served.http.404", 10}}), 1);
  EXPECT_LT(OwnSuccessRate({{"sent.web.http.200", 30}}), 0);
  EXPECT_LT(OwnSuccessRate({{"served.http.101", 1}}), 0);
}

TEST(AgreementTest, RefusesCountsThatAreNone) {
  for (const char* text : {"", "[]", "{\"a\": \"b\"}", "{\"a\": 1.5}", "{"}) {
    EXPECT_FALSE(ParseCounts(text).ok()) << text;
  }
  EXPECT_EQ(ParseCounts("{\"a\": 1}")->at("a"), 1);
}

}  // namespace
}  // namespace gossamer::demo
