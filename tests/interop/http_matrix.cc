#include "tests/interop/http_matrix.h"

#include <openssl/sha.h>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gossamer::interop_test {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::Not;

// What bodies of this size are made of, as hexadecimal SHA-256.
std::string Checksum(size_t size) {
  std::string body(size, 0);
  for (size_t i = 0; i < size; ++i) body[i] = static_cast<char>('a' + i % 26);
  uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const uint8_t*>(body.data()), body.size(), digest);
  return absl::BytesToHexString(std::string(reinterpret_cast<const char*>(digest), sizeof(digest)));
}

std::string Text(const Seen& seen, const char* name) {
  return seen.contains(name) && seen[name].is_string() ? seen[name].get<std::string>() : "";
}

int Number(const Seen& seen, const char* name) {
  return seen.contains(name) && seen[name].is_number() ? seen[name].get<int>() : -1;
}

bool Flag(const Seen& seen, const char* name) {
  return seen.contains(name) && seen[name].is_boolean() && seen[name].get<bool>();
}

// A field of the response, "" where it has none.
std::string Header(const Seen& seen, const char* name) {
  return seen.contains("headers") ? Text(seen["headers"], name) : "";
}

void ExpectAll(const Seen& seen, int requests, int status) {
  EXPECT_EQ(Number(seen, "done"), requests) << seen;
  EXPECT_EQ(Number(seen, "failed"), 0) << seen;
  EXPECT_EQ(Number(seen, "status"), status) << seen;
}

void ExpectBody(const Seen& seen, size_t size) {
  EXPECT_EQ(Number(seen, "bytes"), static_cast<int>(size)) << Text(seen, "error");
  EXPECT_EQ(Text(seen, "sha256"), Checksum(size));
}

// The request's fields as the server saw them: the lines of /headers, without those that are empty.
std::vector<std::string> FieldsAtServer(const Seen& seen) {
  std::vector<std::string> names;
  for (absl::string_view line : absl::StrSplit(Text(seen, "body"), '\n')) {
    const std::vector<std::string> field = absl::StrSplit(line, absl::MaxSplits(':', 1));
    if (field.size() == 2 && !absl::StripAsciiWhitespace(field[1]).empty()) {
      names.push_back(field[0]);
    }
  }
  return names;
}

bool Always(const Pair&) { return true; }
bool BothTrailers(const Pair& pair) { return pair.server.trailers && pair.client.trailers; }
bool BothExpect(const Pair& pair) { return pair.server.expect && pair.client.expect; }
bool BothInterim(const Pair& pair) { return pair.server.interim && pair.client.interim; }
bool ClientSendsFields(const Pair& pair) { return pair.client.own_headers; }

std::vector<Scenario> Bodies() {
  return {
      {"Repeated", "GET /hello times=30", Always,
       [](const Seen& seen, const Pair& pair) {
         ExpectAll(seen, 30, 200);
         EXPECT_EQ(Text(seen, "body"), absl::StrCat("hello from ", pair.server.language, "\n"));
       }},
      {"Concurrent", "GET /bytes/10000 times=20 connections=16", Always,
       [](const Seen& seen, const Pair&) {
         ExpectAll(seen, 320, 200);
         ExpectBody(seen, 10000);
       }},
      {"LargeDownload", "GET /bytes/3000000 times=2", Always,
       [](const Seen& seen, const Pair&) {
         ExpectAll(seen, 2, 200);
         ExpectBody(seen, 3000000);
       }},
      {"LargeUpload", "PUT /echo body=3000000 times=2", Always,
       [](const Seen& seen, const Pair&) {
         ExpectAll(seen, 2, 200);
         ExpectBody(seen, 3000000);
       }},
      {"EmptyUpload", "POST /echo body=0 times=2", Always,
       [](const Seen& seen, const Pair&) {
         ExpectAll(seen, 2, 200);
         EXPECT_EQ(Number(seen, "bytes"), 0);
       }},
      {"ChunkedUpload", "POST /echo body=300000 chunked times=2", Always,
       [](const Seen& seen, const Pair&) {
         ExpectAll(seen, 2, 200);
         ExpectBody(seen, 300000);
       }},
      {"ChunkedDownload", "GET /chunks/300000 times=2", Always,
       [](const Seen& seen, const Pair&) {
         ExpectAll(seen, 2, 200);
         ExpectBody(seen, 300000);
       }},
  };
}

std::vector<Scenario> Bodiless() {
  std::vector<Scenario> all = {
      {"Head", "HEAD /bytes/10000 times=3", Always,
       [](const Seen& seen, const Pair&) {
         ExpectAll(seen, 3, 200);
         EXPECT_EQ(Header(seen, "content-length"), "10000");
         EXPECT_EQ(Number(seen, "bytes"), 0);
       }},
      {"NotFound", "GET /status/404 times=3", Always,
       [](const Seen& seen, const Pair&) { ExpectAll(seen, 3, 404); }},
  };
  for (const int status : {204, 304}) {
    all.push_back({absl::StrCat("Status", status), absl::StrCat("GET /status/", status, " times=3"),
                   Always, [status](const Seen& seen, const Pair&) {
                     ExpectAll(seen, 3, status);
                     EXPECT_EQ(Number(seen, "bytes"), 0);
                     EXPECT_EQ(Header(seen, "transfer-encoding"), "");
                   }});
  }
  return all;
}

std::vector<Scenario> TrailersAndInterim() {
  return {
      {"ResponseTrailers", "GET /trailers/300000 times=2", BothTrailers,
       [](const Seen& seen, const Pair&) {
         ExpectAll(seen, 2, 200);
         ExpectBody(seen, 300000);
         EXPECT_EQ(Text(seen["trailers"], "x-checksum"), Checksum(300000));
       }},
      {"RequestTrailers", "POST /echo body=1000 chunked trailer=X-End-Note:yes", BothTrailers,
       [](const Seen& seen, const Pair&) {
         ExpectAll(seen, 1, 200);
         ExpectBody(seen, 1000);
         EXPECT_EQ(Header(seen, "x-request-trailers"), "x-end-note:yes");
       }},
      {"BodyIsAskedFor", "POST /echo body=100000 expect times=2", BothExpect,
       [](const Seen& seen, const Pair&) {
         ExpectAll(seen, 2, 200);
         ExpectBody(seen, 100000);
         // Java's library does not say.
         if (seen.contains("continued")) EXPECT_TRUE(Flag(seen, "continued")) << seen;
       }},
      {"BodyIsRefused", "POST /refuse body=100000 expect times=2",
       [](const Pair& pair) { return BothExpect(pair) && pair.server.refuses; },
       [](const Seen& seen, const Pair&) {
         ExpectAll(seen, 2, 413);
         EXPECT_FALSE(Flag(seen, "continued")) << seen;
       }},
      {"EarlyHints", "GET /interim times=2", BothInterim,
       [](const Seen& seen, const Pair&) {
         ExpectAll(seen, 2, 200);
         EXPECT_EQ(seen["interim"], Seen::array({103}));
         EXPECT_EQ(Text(seen, "body"), "hinted\n");
       }},
  };
}

std::vector<Scenario> HopByHop() {
  return {
      {"HopByHopOfRequest",
       "GET /headers header=Connection:keep-alive,x-hop,te header=X-Hop:1 header=TE:gzip "
       "header=Keep-Alive:timeout=9 header=Proxy-Connection:keep-alive header=X-End:2",
       ClientSendsFields,
       [](const Seen& seen, const Pair&) {
         ExpectAll(seen, 1, 200);
         const std::vector<std::string> fields = FieldsAtServer(seen);
         EXPECT_THAT(fields, Contains("x-end"));
         EXPECT_THAT(fields, Not(Contains(AnyOf("x-hop", "te", "keep-alive", "proxy-connection"))));
       }},
      {"HopByHopOfResponse", "GET /hop times=3",
       [](const Pair& pair) { return pair.server.own_headers && pair.client.own_headers; },
       [](const Seen& seen, const Pair&) {
         ExpectAll(seen, 3, 200);
         EXPECT_EQ(Header(seen, "x-end"), "2");
         EXPECT_EQ(Header(seen, "x-hop"), "");
         EXPECT_EQ(Header(seen, "keep-alive"), "");
       }},
      {"OfferOfHttp2IsNotPassedOn", "GET /headers version=2 header=X-End:2", ClientSendsFields,
       [](const Seen& seen, const Pair&) {
         ExpectAll(seen, 1, 200);
         const std::vector<std::string> fields = FieldsAtServer(seen);
         EXPECT_THAT(fields, Contains("x-end"));
         EXPECT_THAT(fields, Not(Contains(AnyOf("upgrade", "http2-settings"))));
       }},
      {"ServerCloses", "GET /close times=20", Always,
       [](const Seen& seen, const Pair&) {
         ExpectAll(seen, 20, 200);
         EXPECT_EQ(Text(seen, "body"), "closing\n");
       }},
      // Not every server says in its response that it will close: the client would find out by a
      // failure of its next request.
      {"ClientCloses", "GET /hello header=Connection:close times=20", ClientSendsFields,
       [](const Seen& seen, const Pair&) {
         ExpectAll(seen, 20, 200);
         EXPECT_TRUE(Flag(seen, "close")) << seen;
       }},
  };
}

}  // namespace

const std::vector<Scenario>& Scenarios() {
  static const auto* all = [] {
    auto* scenarios = new std::vector<Scenario>;
    for (const auto& part : {Bodies(), Bodiless(), TrailersAndInterim(), HopByHop()}) {
      scenarios->insert(scenarios->end(), part.begin(), part.end());
    }
    return scenarios;
  }();
  return *all;
}

}  // namespace gossamer::interop_test
