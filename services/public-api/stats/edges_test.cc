#include "services/public-api/stats/edges.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"

namespace gossamer::public_api {
namespace {

namespace viz = linkerd2::viz;

viz::EdgesRequest Request(const std::string& type, const std::string& ns) {
  viz::EdgesRequest request;
  request.mutable_selector()->mutable_resource()->set_type(type);
  request.mutable_selector()->mutable_resource()->set_namespace_(ns);
  return request;
}

PodInfo Pod(const std::string& ns, const std::string& name) {
  PodInfo pod;
  pod.namespace_name = ns;
  pod.name = name;
  pod.identity = absl::StrCat("sa.", ns, ".serviceaccount.identity.linkerd.cluster.local");
  return pod;
}

prom::Sample Connection(const char* pod, const char* src, const char* dst, const char* dst_ns,
                        const char* server_id, const char* reason, double value = 1) {
  return {{{"namespace", "shop"},
           {"pod", pod},
           {"deployment", src},
           {"dst_deployment", dst},
           {"dst_namespace", dst_ns},
           {"server_id", server_id},
           {"no_tls_reason", reason}},
          value};
}

std::string Fold(const viz::EdgesRequest& request, const prom::Vector& answer) {
  ClusterSnapshot cluster;
  cluster.pods = {Pod("shop", "web-1"), Pod("shop", "web-2")};
  const absl::StatusOr<Edges> edges = Edges::Plan(request, StatsOptions());
  EXPECT_OK(edges);
  std::string out;
  const std::vector<prom::Vector> answers = {answer};
  const viz::EdgesResponse response = edges->Fold(answers, cluster);
  for (const viz::Edge& edge : response.ok().edges()) {
    absl::StrAppend(&out, edge.src().namespace_(), "/", edge.src().name(), " > ",
                    edge.dst().namespace_(), "/", edge.dst().name(), " ",
                    edge.client_id().substr(0, 7), " ", edge.server_id(), " [",
                    edge.no_identity_msg(), "]\n");
  }
  return out;
}

TEST(EdgesTest, AsksForConnectionsThatHaveBothEnds) {
  EXPECT_THAT(
      Edges::Plan(Request("deployment", ""), StatsOptions())->Queries(),
      testing::ElementsAre(
          R"(sum(tcp_open_connections{direction="outbound", deployment!="", dst_deployment!=""}) by (deployment, dst_deployment, pod, server_id, namespace, dst_namespace, no_tls_reason))"));
  EXPECT_THAT(
      Edges::Plan(Request("namespace", ""), StatsOptions())->Queries(),
      testing::ElementsAre(
          R"(sum(tcp_open_connections{direction="outbound", namespace!="", dst_namespace!=""}) by (pod, server_id, namespace, dst_namespace, no_tls_reason))"));
}

TEST(EdgesTest, TellsSecuredEdgesFromOthers) {
  EXPECT_EQ(Fold(Request("deployment", "shop"),
                 {Connection("web-1", "web", "cart", "shop", "cart.id", ""),
                  Connection("web-1", "web", "db", "shop", "", "not_provided_by_service_discovery"),
                  Connection("web-1", "web", "new", "shop", "", "some_new_reason"),
                  Connection("web-1", "web", "odd", "shop", "", "")}),
            "shop/web > shop/cart sa.shop cart.id []\n"
            "shop/web > shop/db sa.shop  [Not Provided By Service Discovery]\n"
            "shop/web > shop/new sa.shop  [some_new_reason]\n"
            "shop/web > shop/odd sa.shop  [Not Secured]\n");
}

TEST(EdgesTest, CallsAnEdgeUnsecuredWhenOneConnectionIs) {
  const auto secured = Connection("web-1", "web", "cart", "shop", "cart.id", "");
  const auto plain = Connection("web-2", "web", "cart", "shop", "", "loopback");
  EXPECT_EQ(Fold(Request("deployment", ""), {secured, plain}),
            "shop/web > shop/cart sa.shop  [Loopback]\n");
  EXPECT_EQ(Fold(Request("deployment", ""), {plain, secured}),
            "shop/web > shop/cart sa.shop  [Loopback]\n");
}

TEST(EdgesTest, DropsClosedConnectionsGonePodsAndOtherNamespaces) {
  EXPECT_EQ(Fold(Request("deployment", "elsewhere"),
                 {Connection("web-1", "web", "a", "elsewhere", "id", ""),
                  Connection("web-1", "web", "b", "shop", "id", ""),
                  Connection("gone", "web", "c", "elsewhere", "id", ""),
                  Connection("web-1", "web", "d", "elsewhere", "id", "", 0)}),
            "shop/web > elsewhere/a sa.shop id []\n");
}

TEST(EdgesTest, RefusesNamesAndTypesWithoutEdges) {
  viz::EdgesRequest named = Request("deployment", "shop");
  named.mutable_selector()->mutable_resource()->set_name("web");
  EXPECT_THAT(Edges::Plan(named, StatsOptions()).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "Edges cannot be returned for a specific resource name; remove web from "
                       "query"));
  for (const char* type : {"", "service", "all", "server"}) {
    EXPECT_THAT(Edges::Plan(Request(type, ""), StatsOptions()).status(),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         testing::HasSubstr(absl::StrCat("\"", type, "\""))));
  }
}

}  // namespace
}  // namespace gossamer::public_api
