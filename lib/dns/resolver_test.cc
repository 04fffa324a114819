#include "lib/dns/resolver.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "lib/status/status_matchers.h"

namespace gossamer::dns {
namespace {

TEST(AddressInFirstLabelTest, ReadsBothFamilies) {
  const auto v4 = AddressInFirstLabel("10-1-2-3.web.ns.svc.cluster.local.");
  ASSERT_OK(v4);
  EXPECT_EQ(v4->ToString(), "10.1.2.3");
  const auto v6 = AddressInFirstLabel("fd00--1.web.ns.svc.cluster.local");
  ASSERT_OK(v6);
  EXPECT_EQ(v6->ToString(), "fd00::1");
}

TEST(AddressInFirstLabelTest, RefusesOtherNames) {
  for (const std::string name : {"", "web-0.web.ns", "10-1-2.web", "10-1-2-256.web"}) {
    EXPECT_FALSE(AddressInFirstLabel(name).ok()) << name;
  }
}

// Without a network there is still /etc/hosts.
TEST(ResolverTest, ResolvesLocalhost) {
  auto loop = *event::Loop::Create();
  const auto resolver = Resolver::Create(loop.get());
  ASSERT_OK(resolver);
  absl::StatusOr<std::vector<net::SocketAddress>> result;
  bool done = false;
  (*resolver)->Resolve("localhost", 8086, [&](auto addresses) {
    result = std::move(addresses);
    done = true;
  });
  while (!done) loop->RunOnce(absl::Seconds(10));
  ASSERT_OK(result);
  EXPECT_TRUE(result->front().ip().IsLoopback());
  EXPECT_EQ(result->front().port(), 8086);
}

TEST(ResolverTest, TellsWhatWasUnderWayWhenItEnds) {
  auto loop = *event::Loop::Create();
  auto resolver = Resolver::Create(loop.get());
  ASSERT_OK(resolver);
  int told = 0;
  (*resolver)->Resolve("nowhere.invalid.", 1, [&](auto addresses) {
    ++told;
    EXPECT_FALSE(addresses.ok());
  });
  resolver->reset();
  EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace gossamer::dns
