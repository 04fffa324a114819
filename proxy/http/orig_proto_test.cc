#include "proxy/http/orig_proto.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace gossamer::proxy {
namespace {

using http::Version;
constexpr char kHeader[] = "l5d-orig-proto";

TEST(OrigProtoTest, CarriesVersionAndFormThere) {
  struct Case {
    Version version;
    bool absolute;
    const char* mark;
  };
  for (const Case& c : std::vector<Case>{
           {Version::kHttp11, false, "HTTP/1.1"},
           {Version::kHttp10, false, "HTTP/1.0"},
           {Version::kHttp11, true, "HTTP/1.1; absolute-form"},
           {Version::kHttp10, true, "HTTP/1.0; absolute-form"},
       }) {
    http::RequestHead head;
    head.method = "GET";
    head.version = c.version;
    head.absolute_form = c.absolute;
    head.headers.Add(kHeader, "from the application");
    ASSERT_TRUE(CanUpgradeToHttp2(head));
    UpgradeRequest(&head);
    EXPECT_EQ(head.version, Version::kHttp2);
    EXPECT_EQ(*head.headers.Find(kHeader), c.mark);
    EXPECT_EQ(head.headers.size(), 1u);
    head.absolute_form = false;
    ASSERT_TRUE(DowngradeRequest(&head));
    EXPECT_EQ(head.version, c.version);
    EXPECT_EQ(head.absolute_form, c.absolute);
    EXPECT_EQ(head.headers.Find(kHeader), nullptr);
  }
}

TEST(OrigProtoTest, LeavesUpgradesAndHttp2Alone) {
  http::RequestHead head;
  head.method = "GET";
  head.upgrade = true;
  EXPECT_FALSE(CanUpgradeToHttp2(head));
  head.upgrade = false;
  head.version = Version::kHttp2;
  EXPECT_FALSE(CanUpgradeToHttp2(head));
  head.version = Version::kHttp11;
  head.method = "CONNECT";
  EXPECT_FALSE(CanUpgradeToHttp2(head));
}

TEST(OrigProtoTest, ARequestWithoutAGoodMarkStaysAsItIs) {
  for (const char* mark : {"", "HTTP/2", "HTTP/1.2", "http/1.1", "HTTP/1.11", "HTTP/1.1; x",
                           "HTTP/1.1 absolute-form", "HTTP/1.0garbage; absolute-form"}) {
    http::RequestHead head;
    head.version = Version::kHttp2;
    head.headers.Add(kHeader, mark);
    EXPECT_FALSE(DowngradeRequest(&head)) << mark;
    EXPECT_EQ(head.version, Version::kHttp2) << mark;
  }
  http::RequestHead head;
  head.version = Version::kHttp2;
  EXPECT_FALSE(DowngradeRequest(&head));
}

TEST(OrigProtoTest, CarriesTheResponsesVersionBack) {
  for (const Version version : {Version::kHttp10, Version::kHttp11}) {
    http::ResponseHead head;
    head.version = version;
    UpgradeResponse(&head);
    EXPECT_EQ(head.version, Version::kHttp2);
    DowngradeResponse(Version::kHttp11, &head);
    EXPECT_EQ(head.version, version);
    EXPECT_TRUE(head.headers.empty());
  }
  http::ResponseHead unmarked;
  unmarked.version = Version::kHttp2;
  DowngradeResponse(Version::kHttp10, &unmarked);
  EXPECT_EQ(unmarked.version, Version::kHttp10);
}

}  // namespace
}  // namespace gossamer::proxy
