#include "lib/service/readiness.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace gossamer::service {
namespace {

using Names = std::vector<std::string>;

TEST(ReadinessTest, AServiceWithoutConditionsIsReady) { EXPECT_TRUE(Readiness().ready()); }

TEST(ReadinessTest, EveryConditionHasToHold) {
  Readiness readiness;
  Readiness::Condition* issuer = readiness.Add("issuer");
  Readiness::Condition* tokens = readiness.Add("tokens");
  EXPECT_FALSE(readiness.ready());
  EXPECT_EQ(readiness.Missing(), (Names{"issuer", "tokens"}));
  issuer->Set(true);
  EXPECT_FALSE(readiness.ready());
  EXPECT_EQ(readiness.Missing(), Names{"tokens"});
  tokens->Set(true);
  EXPECT_TRUE(readiness.ready());
  issuer->Set(false);
  EXPECT_FALSE(readiness.ready());
}

TEST(ReadinessTest, DrainingIsForGood) {
  Readiness readiness;
  Readiness::Condition* issuer = readiness.Add("issuer");
  issuer->Set(true);
  readiness.Drain();
  EXPECT_FALSE(readiness.ready());
  issuer->Set(false);
  issuer->Set(true);
  EXPECT_FALSE(readiness.ready());
}

TEST(ReadinessTest, TheListenerHearsTheStateAndEachChangeOnce) {
  Readiness readiness;
  Readiness::Condition* issuer = readiness.Add("issuer");
  std::vector<bool> heard;
  readiness.Listen([&](bool ready) { heard.push_back(ready); });
  issuer->Set(false);
  issuer->Set(true);
  issuer->Set(true);
  readiness.Drain();
  readiness.Drain();
  EXPECT_EQ(heard, (std::vector<bool>{false, true, false}));
}

}  // namespace
}  // namespace gossamer::service
