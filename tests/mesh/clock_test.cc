// Clocks that are wrong: what a proxy does whose clock is ahead or behind, or jumps. What is
// decided for each case stands in docs/LIFE_CYCLE.md.

#include "absl/time/clock.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/mesh/listener.h"
#include "tests/mesh/socket.h"
#include "tests/mesh/trust_test.h"
#include "tests/support/folder.h"
#include "tests/support/pki.h"
#include "tests/support/proxy_environment.h"
#include "tests/support/runfiles.h"

namespace gossamer::mesh_test {
namespace {

constexpr absl::Duration kLong = absl::Seconds(60);

class ClockTest : public TrustTest {
 protected:
  void SetUp() override {
    TrustTest::SetUp();
    // The control plane has the proxy that ships, and a clock that is right.
    cluster().options().programs.proxy = harness::Runfile("proxy/testing/proxy_with_moved_clock");
  }

  // Pods of one workload share a clock. Ahead of the true time by `ahead`.
  void SetClock(const std::string& workload, absl::Duration ahead) {
    ASSERT_OK(harness::WriteFileFor(ClockFile(workload),
                                    absl::StrCat(absl::ToInt64Seconds(ahead), "\n"),
                                    harness::kProxyUid, 0444));
  }
  harness::Pod* Add(const std::string& name, std::vector<int> ports = {}, bool wait = true) {
    harness::Workload workload = TestWorkload(name, std::move(ports));
    workload.annotations["config.linkerd.io/opaque-ports"] = absl::StrCat(kOpaquePort);
    workload.proxy_environment = {"GOSSAMER_TEST_CLOCK_FILE=" + ClockFile(name),
                                  "LINKERD2_PROXY_IDENTITY_MIN_REFRESH=1s"};
    AddWorkload(workload, wait);
    return cluster().pod(name);
  }

 private:
  static std::string ClockFile(const std::string& workload) {
    static const std::string* const folder = new std::string(harness::MakePrivateFolder());
    return absl::StrCat(*folder, "/", workload);
  }
};

TEST_F(ClockTest, BehindByMinutesItIsNotReadyAndTellsBothTimes) {
  SetClock("behind", -absl::Minutes(5));
  harness::Pod* pod = Add("behind", {}, /*wait=*/false);
  EXPECT_TRUE(Eventually(
      [&] {
        return Logged(*pod->proxy(), " is not valid before ") &&
               Logged(*pod->proxy(), "do the clocks agree?");
      },
      kLong));
  EXPECT_EQ(Admin(pod, "GET", "/ready").status, 503);
  SetClock("behind", absl::ZeroDuration());
  EXPECT_OK(pod->WaitReady(kLong)) << "without a restart";
}

TEST_F(ClockTest, BehindByLittleMoreThanTheAllowanceItWaitsUntilItsCertificateBegins) {
  SetClock("waiting", -absl::Seconds(28));  // Identity allows for 20 seconds.
  harness::Pod* pod = Add("waiting", {}, /*wait=*/false);
  EXPECT_OK(pod->WaitReady(kLong));
  EXPECT_TRUE(Logged(*pod->proxy(), "it is kept until it is valid"));
}

TEST_F(ClockTest, AheadByDaysItTrustsNobody) {
  SetClock("ahead", absl::Hours(72));
  harness::Pod* pod = Add("ahead", {}, /*wait=*/false);
  EXPECT_TRUE(Eventually([&] { return Logged(*pod->proxy(), " ago; it is "); }, kLong));
  EXPECT_EQ(Admin(pod, "GET", "/ready").status, 503);
  SetClock("ahead", absl::ZeroDuration());
  EXPECT_OK(pod->WaitReady(kLong));
}

TEST_F(ClockTest, BeyondTheTrustAnchorsEndItSaysSoAndTrustsNobody) {
  SetClock("ages", absl::Hours(24 * 400));
  harness::Pod* pod = Add("ages", {}, /*wait=*/false);
  EXPECT_TRUE(Eventually([&] { return Logged(*pod->proxy(), " ago; it is "); }, kLong));
  EXPECT_TRUE(Logged(*pod->proxy(), "a trust anchor is not valid now"));
  EXPECT_EQ(Admin(pod, "GET", "/ready").status, 503);
  EXPECT_LT(Metric(pod, {"control_identity_trust_anchors_expiration_timestamp_seconds", {}}),
            absl::ToDoubleSeconds(absl::Now() + absl::Hours(24 * 400) - absl::UnixEpoch()));
}

TEST_F(ClockTest, AClockThatJumpsAheadRenewsAtOnceAndTrafficGoesOn) {
  harness::Pod* client = Add("jumping");
  harness::Pod* server = Add("jumping-server", {kOpaquePort});
  Listener listener(server, kOpaquePort);
  ASSERT_TRUE(ConnectsAnew(client, "jumping-server", &listener));
  const double renewals = Renewals(client);
  // Past the time of renewal, not past the end.
  SetClock("jumping", absl::Hours(20));
  EXPECT_TRUE(Eventually([&] { return Renewals(client) > renewals; }, kLong));
  EXPECT_TRUE(ConnectsAnew(client, "jumping-server", &listener));
}

TEST_F(ClockTest, AJumpPastTheEndStopsWhatIsNewAndNothingElse) {
  harness::Pod* client = Add("lost");
  harness::Pod* server = Add("lost-server", {kOpaquePort});
  Listener listener(server, kOpaquePort);
  const auto bytes = Connect(client, "lost-server");
  const auto bytes_at_server = listener.Accept();
  ASSERT_TRUE(Echoes(bytes.get(), bytes_at_server.get()));
  // By this clock everybody's certificate has expired, identity's too.
  SetClock("lost", absl::Hours(30));
  ASSERT_TRUE(
      Eventually([&] { return Logged(*client->proxy(), "The certificate has expired"); }, kLong));
  EXPECT_FALSE(ConnectsAnew(client, "lost-server", &listener));
  EXPECT_TRUE(Logged(*client->proxy(), "this proxy's own certificate expired at"));
  EXPECT_TRUE(Echoes(bytes.get(), bytes_at_server.get()));
  EXPECT_EQ(Admin(client, "GET", "/ready").status, 200);
  SetClock("lost", absl::ZeroDuration());
  EXPECT_TRUE(ConnectsAnew(client, "lost-server", &listener));
  EXPECT_TRUE(Echoes(bytes.get(), bytes_at_server.get()));
}

TEST_F(ClockTest, APeerAheadByMinutesIsAsGoodAsAny) {
  harness::Pod* client = Add("early-bird");
  harness::Pod* server = Add("early-bird-server", {kOpaquePort});
  Listener listener(server, kOpaquePort);
  ASSERT_TRUE(ConnectsAnew(client, "early-bird-server", &listener));
  SetClock("early-bird", absl::Minutes(5));
  EXPECT_TRUE(ConnectsAnew(client, "early-bird-server", &listener));
  SetClock("early-bird", absl::ZeroDuration());
  SetClock("early-bird-server", absl::Minutes(5));
  EXPECT_TRUE(ConnectsAnew(client, "early-bird-server", &listener));
}

TEST_F(ClockTest, APeerBehindByMinutesRefusesFreshCertificates) {
  harness::Pod* client = Add("late-riser");
  harness::Pod* server = Add("late-riser-server", {kOpaquePort});
  Listener listener(server, kOpaquePort);
  // Once in good time: what it has learned of the Service stays in force.
  ASSERT_TRUE(ConnectsAnew(client, "late-riser-server", &listener));
  SetClock("late-riser", -absl::Minutes(5));
  EXPECT_FALSE(ConnectsAnew(client, "late-riser-server", &listener));
  EXPECT_TRUE(Logged(*client->proxy(), " is not valid before "));
  SetClock("late-riser", absl::ZeroDuration());
  EXPECT_TRUE(ConnectsAnew(client, "late-riser-server", &listener));
  // The same where the server judges.
  SetClock("late-riser-server", -absl::Minutes(5));
  // Its log tells of one such failure a second.
  EXPECT_TRUE(Eventually([&] {
    EXPECT_FALSE(ConnectsAnew(client, "late-riser-server", &listener));
    return Logged(*server->proxy(), " is not valid before ");
  }));
  SetClock("late-riser-server", absl::ZeroDuration());
  EXPECT_TRUE(ConnectsAnew(client, "late-riser-server", &listener));
}

}  // namespace
}  // namespace gossamer::mesh_test
