#include "proxy/discovery/endpoints_state.h"

#include <map>
#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gossamer::proxy {
namespace {

namespace api = io::linkerd::proxy::destination;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

void SetAddress(uint32_t host, io::linkerd::proxy::net::TcpAddress* address) {
  address->mutable_ip()->set_ipv4(0x0a000000 + host);
  address->set_port(80);
}

// Each host with this label.
api::Update Add(const std::vector<uint32_t>& hosts, const std::string& label = "") {
  api::Update update;
  update.mutable_add();
  for (const uint32_t host : hosts) {
    api::WeightedAddr* address = update.mutable_add()->add_addrs();
    SetAddress(host, address->mutable_addr());
    if (!label.empty()) (*address->mutable_metric_labels())["v"] = label;
  }
  return update;
}

api::Update Remove(const std::vector<uint32_t>& hosts) {
  api::Update update;
  update.mutable_remove();
  for (const uint32_t host : hosts) SetAddress(host, update.mutable_remove()->add_addrs());
  return update;
}

api::Update NoEndpoints() {
  api::Update update;
  update.mutable_no_endpoints();
  return update;
}

std::vector<std::string> Addresses(const EndpointsState& state) {
  std::vector<std::string> all;
  const EndpointSetPtr set = state.Snapshot();
  for (const Endpoint& endpoint : set->endpoints) {
    all.push_back(endpoint.address.ToString());
  }
  return all;
}

TEST(EndpointsStateTest, AddsAndRemoves) {
  EndpointsState state;
  EXPECT_TRUE(state.Apply(Add({1, 2})));
  EXPECT_TRUE(state.Apply(Add({3})));
  EXPECT_TRUE(state.Apply(Remove({1, 9})));
  EXPECT_TRUE(state.changed());
  EXPECT_THAT(Addresses(state), ElementsAre("10.0.0.2:80", "10.0.0.3:80"));
}

TEST(EndpointsStateTest, TheFirstAddOfAStreamReplacesTheSet) {
  EndpointsState state;
  state.Apply(Add({1, 2}));
  state.OnStreamStart();
  EXPECT_THAT(Addresses(state), ElementsAre("10.0.0.1:80", "10.0.0.2:80"));
  EXPECT_TRUE(state.Apply(Add({2, 3})));
  EXPECT_THAT(Addresses(state), ElementsAre("10.0.0.2:80", "10.0.0.3:80"));
  EXPECT_TRUE(state.Apply(Add({4})));
  EXPECT_EQ(Addresses(state).size(), 3u);
}

TEST(EndpointsStateTest, ARemoveCannotBeTheFirst) {
  EndpointsState state;
  state.Apply(Add({1}));
  state.OnStreamStart();
  EXPECT_FALSE(state.Apply(Remove({1})));
  EXPECT_FALSE(state.changed());
  EXPECT_THAT(Addresses(state), ElementsAre("10.0.0.1:80"));
}

TEST(EndpointsStateTest, AnAddOfNothingDoesNotCount) {
  EndpointsState state;
  state.Apply(Add({1}));
  state.OnStreamStart();
  api::Update unusable;
  unusable.mutable_add()->add_addrs();
  for (const api::Update& update : {Add({}), unusable, api::Update()}) {
    EXPECT_FALSE(state.Apply(update));
    EXPECT_FALSE(state.changed());
  }
  EXPECT_TRUE(state.Apply(Add({2})));
  EXPECT_THAT(Addresses(state), ElementsAre("10.0.0.2:80"));
}

TEST(EndpointsStateTest, AnUnusableAddressIsLeftOut) {
  EndpointsState state;
  api::Update update = Add({1});
  update.mutable_add()->add_addrs();
  EXPECT_TRUE(state.Apply(update));
  EXPECT_THAT(Addresses(state), ElementsAre("10.0.0.1:80"));
}

TEST(EndpointsStateTest, NoEndpointsClearsAndCounts) {
  EndpointsState state;
  EXPECT_TRUE(state.Apply(NoEndpoints()));
  EXPECT_TRUE(state.changed()) << "empty is news to those who wait";
  EXPECT_TRUE(state.Apply(NoEndpoints()));
  EXPECT_FALSE(state.changed());
  state.Apply(Add({1}));
  EXPECT_TRUE(state.Apply(NoEndpoints()));
  EXPECT_TRUE(state.changed());
  EXPECT_THAT(Addresses(state), IsEmpty());
}

TEST(EndpointsStateTest, SaysWhetherAnythingChanged) {
  EndpointsState state;
  state.Apply(Add({1, 2}, "a"));
  EXPECT_TRUE(state.Apply(Add({1}, "a")));
  EXPECT_FALSE(state.changed());
  EXPECT_TRUE(state.Apply(Add({1}, "b")));
  EXPECT_TRUE(state.changed());
  const Labels relabelled = {{"v", "b"}};
  EXPECT_EQ(state.Snapshot()->endpoints[0].labels, relabelled);
  state.Apply(Remove({9}));
  EXPECT_FALSE(state.changed());
}

TEST(EndpointsStateTest, SnapshotsDoNotChange) {
  EndpointsState state;
  state.Apply(Add({1}));
  const EndpointSetPtr before = state.Snapshot();
  state.Apply(NoEndpoints());
  EXPECT_EQ(before->endpoints.size(), 1u);
}

// Random updates against the contract in plain words.
TEST(EndpointsStateTest, AgreesWithAPlainModel) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  EndpointsState state;
  std::map<uint32_t, std::string> model;
  bool fresh = true;
  for (int step = 0; step < 5000; ++step) {
    const std::map<uint32_t, std::string> before = model;
    const bool was_fresh = fresh;
    std::vector<uint32_t> hosts;
    for (uint32_t i = random() % 4; i > 0; --i) hosts.push_back(1 + random() % 6);
    const std::string label(1, static_cast<char>('a' + random() % 2));
    bool counts = false;
    switch (random() % 8) {
      case 0:
        state.OnStreamStart();
        fresh = true;
        continue;
      case 1:
        counts = state.Apply(NoEndpoints());
        EXPECT_TRUE(counts);
        model.clear();
        break;
      case 2:
      case 3:
      case 4:
        counts = state.Apply(Remove(hosts));
        EXPECT_EQ(counts, !was_fresh);
        if (counts) {
          for (const uint32_t host : hosts) model.erase(host);
        }
        break;
      default:
        counts = state.Apply(Add(hosts, label));
        EXPECT_EQ(counts, !hosts.empty());
        if (counts && was_fresh) model.clear();
        for (const uint32_t host : hosts) model[host] = label;
        break;
    }
    if (counts) fresh = false;
    EXPECT_EQ(state.changed(), counts && (was_fresh || model != before));
    std::map<uint32_t, std::string> got;
    const EndpointSetPtr set = state.Snapshot();
    for (const Endpoint& endpoint : set->endpoints) {
      got[endpoint.address.ip().v4_value() & 0xff] = endpoint.labels.at(0).second;
    }
    ASSERT_EQ(got, model) << "step " << step;
  }
}

}  // namespace
}  // namespace gossamer::proxy
