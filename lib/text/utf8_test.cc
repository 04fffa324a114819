#include "lib/text/utf8.h"

#include <string>

#include "gtest/gtest.h"

namespace gossamer {
namespace {

TEST(Utf8Test, TakesWhatIsUtf8) {
  for (const char* text :
       {"", "a", "\x7f", "gr\xc3\xbc\xc3\x9f", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
        "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80"}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
  }
}

TEST(Utf8Test, RefusesTheRest) {
  for (const char* text :
       {"\xff", "\x80", "\xc3", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xed\xa0\x80",
        "\xf0\x80\x80\xaf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "a\xe2\x82", "\xe2\x28\xa1"}) {
    EXPECT_FALSE(IsUtf8(text)) << text;
  }
}

TEST(Utf8Test, DecodesOneCodePoint) {
  uint32_t c = 0;
  EXPECT_EQ(DecodeUtf8("\xe2\x82\xacxyz", &c), 3u);
  EXPECT_EQ(c, 0x20acu);
}

}  // namespace
}  // namespace gossamer
