#include "lib/http/http1/serializer.h"

#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "lib/http/http1/head_parser.h"
#include "lib/http/http1/testing/head_text.h"

namespace gossamer::http1 {
namespace {

using http::BodyKind;
using http::Header;
using http::Headers;
using http::RequestHead;
using http::ResponseHead;
using http::Version;

// What is written for `head`, or "refused".
std::string Written(const RequestHead& head,
                    ConnectionOption connection = ConnectionOption::kNone) {
  std::string out = "x";
  if (AppendRequestHead(head, connection, &out)) return out.substr(1);
  EXPECT_EQ(out, "x") << "a refused head must leave nothing behind";
  return "refused";
}

std::string Written(const ResponseHead& head, const ResponseContext& context,
                    BodyFraming* framing) {
  std::string out;
  return AppendResponseHead(head, context, &out, framing) ? out : "refused";
}

void FillGet(RequestHead* head) {
  head->method = "GET";
  head->path = "/";
  head->authority = "a";
}

void Parse(absl::string_view input, RequestHead* head) {
  size_t consumed = 0;
  HeadError error = HeadError::kNone;
  ASSERT_EQ(ParseRequestHead(input, head, &consumed, &error), ParseResult::kComplete)
      << HeadErrorName(error);
}

TEST(WriteRequestHeadTest, GivesEachFormBack) {
  const std::vector<std::string> requests = {
      "GET /a?b HTTP/1.1\r\nhost: c:1\r\nx: y\r\n\r\n",
      "GET http://c/a?b HTTP/1.1\r\nhost: c\r\n\r\n",
      "GET https://c/ HTTP/1.1\r\nhost: c\r\n\r\n",
      "CONNECT c:443 HTTP/1.1\r\nhost: c:443\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nhost: c\r\n\r\n",
      "OPTIONS http://c HTTP/1.1\r\nhost: c\r\n\r\n",
      "GET / HTTP/1.1\r\nhost: \r\n\r\n",
      "GET / HTTP/1.0\r\n\r\n",
      "POST / HTTP/1.1\r\nhost: c\r\ncontent-length: 5\r\n\r\n",
      "POST / HTTP/1.1\r\nhost: c\r\ntransfer-encoding: chunked\r\n\r\n",
      "POST / HTTP/1.0\r\nhost: c\r\ncontent-length: 5\r\n\r\n",
      "GET / HTTP/1.1\r\nhost: c\r\na-name-of-more-than-sixteen-bytes: v\r\n"
      "x_y: a value of some more bytes than thirty-two: \xc3\xa4\t.\r\nz: \r\n\r\n",
  };
  for (const std::string& request : requests) {
    RequestHead head;
    Parse(request, &head);
    EXPECT_EQ(Written(head), request);
  }
}

TEST(WriteRequestHeadTest, LetsTheServerSeeTheAuthorityThatPoliciesSaw) {
  RequestHead head;
  FillGet(&head);
  head.version = Version::kHttp2;
  EXPECT_EQ(Written(head), "GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  head.headers.Add("host", "other");
  EXPECT_EQ(Written(head), "GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  head.authority = "";
  EXPECT_EQ(Written(head), "GET / HTTP/1.1\r\nhost: other\r\n\r\n");
}

// RFC 9113 section 8.2.3.
TEST(WriteRequestHeadTest, JoinsCookies) {
  RequestHead head;
  FillGet(&head);
  head.headers.Add("cookie", "a=b");
  head.headers.Add("x", "y");
  head.headers.Add("cookie", "c=d");
  EXPECT_EQ(Written(head), "GET / HTTP/1.1\r\nhost: a\r\ncookie: a=b; c=d\r\nx: y\r\n\r\n");
}

TEST(WriteRequestHeadTest, FramesByTheHeadsBodyAlone) {
  RequestHead head;
  FillGet(&head);
  head.headers.Add("content-length", "7");
  head.headers.Add("transfer-encoding", "chunked");
  head.body = BodyKind::kContentLength;
  head.content_length = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(Written(head),
            "GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 9223372036854775807\r\n\r\n");
  head.body = BodyKind::kChunked;
  EXPECT_EQ(Written(head), "GET / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n");
  head.body = BodyKind::kNone;
  EXPECT_EQ(Written(head), "GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n");
}

TEST(WriteRequestHeadTest, TellsServersThatAPostHasNoBody) {
  RequestHead head;
  FillGet(&head);
  head.method = "POST";
  EXPECT_EQ(Written(head), "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n");
}

TEST(WriteRequestHeadTest, SaysWhatBecomesOfTheConnection) {
  RequestHead head;
  FillGet(&head);
  head.headers.Add("connection", "x");
  EXPECT_EQ(Written(head), "GET / HTTP/1.1\r\nhost: a\r\nconnection: x\r\n\r\n");
  EXPECT_EQ(Written(head, ConnectionOption::kClose),
            "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
  EXPECT_EQ(Written(head, ConnectionOption::kKeepAlive),
            "GET / HTTP/1.1\r\nhost: a\r\nconnection: keep-alive\r\n\r\n");
}

// What a peer over HTTP/2 could put into a head to make another request of it.
TEST(WriteRequestHeadTest, RefusesInjection) {
  const std::vector<std::pair<std::string, void (*)(RequestHead*)>> cases = {
      {"no method", [](RequestHead* head) { head->method = ""; }},
      {"method with a blank", [](RequestHead* head) { head->method = "GET /x"; }},
      {"method with CRLF", [](RequestHead* head) { head->method = "GET\r\n"; }},
      {"no path", [](RequestHead* head) { head->path = ""; }},
      {"relative path", [](RequestHead* head) { head->path = "x"; }},
      {"path with a blank", [](RequestHead* head) { head->path = "/ HTTP/1.1"; }},
      {"path with CRLF", [](RequestHead* head) { head->path = "/\r\nx: y"; }},
      {"path with NUL", [](RequestHead* head) { head->path = absl::string_view("/\0", 2); }},
      {"path with a fragment", [](RequestHead* head) { head->path = "/#"; }},
      {"path with obs-text", [](RequestHead* head) { head->path = "/\xc3\xa4"; }},
      {"asterisk of a GET", [](RequestHead* head) { head->path = "*"; }},
      {"authority with a blank", [](RequestHead* head) { head->authority = "a b"; }},
      {"authority with CRLF", [](RequestHead* head) { head->authority = "a\r\nx: y"; }},
      {"authority with a path", [](RequestHead* head) { head->authority = "a/b"; }},
      {"authority with a user", [](RequestHead* head) { head->authority = "u@a"; }},
      {"absolute form of nothing",
       [](RequestHead* head) {
         head->absolute_form = true;
         head->authority = "";
       }},
      {"host with CRLF",
       [](RequestHead* head) {
         head->authority = "";
         head->headers.Add("host", "a\r\nx: y");
       }},
      {"no name", [](RequestHead* head) { head->headers.Add("", "b"); }},
      {"name with a colon", [](RequestHead* head) { head->headers.Add(":path", "/"); }},
      {"name with a blank", [](RequestHead* head) { head->headers.Add("a b", "c"); }},
      {"short name with CR", [](RequestHead* head) { head->headers.Add("a\r", "c"); }},
      {"name with CRLF", [](RequestHead* head) { head->headers.Add("abcd\r\nefgh", "c"); }},
      {"long name with LF",
       [](RequestHead* head) { head->headers.Add("abcdefghijklmnopqr\nst", "c"); }},
      {"name with NUL",
       [](RequestHead* head) { head->headers.Add(absl::string_view("abcdef\0g", 8), "c"); }},
      {"chunked in HTTP/1.0",
       [](RequestHead* head) {
         head->version = Version::kHttp10;
         head->body = BodyKind::kChunked;
       }},
      {"until close", [](RequestHead* head) { head->body = BodyKind::kUntilClose; }},
  };
  for (const auto& [name, spoil] : cases) {
    RequestHead head;
    FillGet(&head);
    spoil(&head);
    EXPECT_EQ(Written(head), "refused") << name;
  }
}

// A bad byte at each place of values of each length, so that each way of copying is seen to look.
TEST(WriteRequestHeadTest, FindsABadByteAnywhereInAValue) {
  for (const char bad : {'\r', '\n', '\0', '\x1f', '\x7f'}) {
    for (size_t size = 1; size <= 50; ++size) {
      for (size_t at = 0; at < size; ++at) {
        std::string value(size, 'v');
        value[at] = bad;
        RequestHead head;
        FillGet(&head);
        head.headers.Add("a", value);
        ASSERT_EQ(Written(head), "refused") << size << " bytes, bad at " << at;
      }
    }
  }
}

TEST(WriteRequestHeadTest, CopiesNamesAndValuesOfEachLength) {
  for (size_t size = 1; size <= 50; ++size) {
    std::string name;
    for (size_t i = 0; i < size; ++i) name.push_back("abcdefghij-_09z"[i % 15]);
    RequestHead head;
    FillGet(&head);
    const std::string value = name + "\t\xff";
    head.headers.Add(name, value);
    EXPECT_EQ(Written(head),
              absl::StrCat("GET / HTTP/1.1\r\nhost: a\r\n", name, ": ", name, "\t\xff\r\n\r\n"));
  }
}

struct ResponseCase {
  std::string name;
  int status;
  BodyKind body;
  ResponseContext context;
  std::string want;
  BodyFraming framing;
};

class WriteResponseHeadTest : public ::testing::TestWithParam<ResponseCase> {};

TEST_P(WriteResponseHeadTest, FramesTheBody) {
  const ResponseCase& c = GetParam();
  ResponseHead head;
  head.status = c.status;
  head.body = c.body;
  head.content_length = c.body == BodyKind::kContentLength ? 5 : 0;
  head.headers.Add("a", "b");
  head.headers.Add("content-length", "9");
  BodyFraming framing = BodyFraming::kIdentity;
  EXPECT_EQ(Written(head, c.context, &framing), c.want);
  EXPECT_EQ(framing, c.framing);
}

INSTANTIATE_TEST_SUITE_P(
    All, WriteResponseHeadTest,
    ::testing::ValuesIn(std::vector<ResponseCase>{
        {"None",
         200,
         BodyKind::kNone,
         {},
         "HTTP/1.1 200 OK\r\ncontent-length: 0\r\na: b\r\n\r\n",
         BodyFraming::kIdentity},
        {"Length",
         404,
         BodyKind::kContentLength,
         {},
         "HTTP/1.1 404 Not Found\r\ncontent-length: 5\r\na: b\r\n\r\n",
         BodyFraming::kIdentity},
        {"Chunked",
         200,
         BodyKind::kChunked,
         {},
         "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\na: b\r\n\r\n",
         BodyFraming::kChunked},
        {"UntilCloseBecomesChunked",
         200,
         BodyKind::kUntilClose,
         {},
         "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\na: b\r\n\r\n",
         BodyFraming::kChunked},
        {"ChunkedToHttp10",
         200,
         BodyKind::kChunked,
         {.peer_version = Version::kHttp10, .connection = ConnectionOption::kKeepAlive},
         "HTTP/1.0 200 OK\r\na: b\r\nconnection: close\r\n\r\n",
         BodyFraming::kUntilClose},
        {"LengthToHttp10",
         200,
         BodyKind::kContentLength,
         {.peer_version = Version::kHttp10, .connection = ConnectionOption::kKeepAlive},
         "HTTP/1.0 200 OK\r\ncontent-length: 5\r\na: b\r\nconnection: keep-alive\r\n\r\n",
         BodyFraming::kIdentity},
        {"HeadKeepsTheLength",
         200,
         BodyKind::kNone,
         {.head_request = true},
         "HTTP/1.1 200 OK\r\na: b\r\ncontent-length: 9\r\n\r\n",
         BodyFraming::kIdentity},
        {"HeadOfChunked",
         200,
         BodyKind::kChunked,
         {.head_request = true},
         "HTTP/1.1 200 OK\r\na: b\r\ncontent-length: 9\r\n\r\n",
         BodyFraming::kIdentity},
        {"NotModifiedKeepsTheLength",
         304,
         BodyKind::kNone,
         {},
         "HTTP/1.1 304 Not Modified\r\na: b\r\ncontent-length: 9\r\n\r\n",
         BodyFraming::kIdentity},
        {"NoContent",
         204,
         BodyKind::kNone,
         {},
         "HTTP/1.1 204 No Content\r\na: b\r\n\r\n",
         BodyFraming::kIdentity},
        {"Continue",
         100,
         BodyKind::kNone,
         {},
         "HTTP/1.1 100 Continue\r\na: b\r\n\r\n",
         BodyFraming::kIdentity},
        {"Tunnel",
         200,
         BodyKind::kNone,
         {.tunnel = true},
         "HTTP/1.1 200 OK\r\na: b\r\n\r\n",
         BodyFraming::kIdentity},
        {"Date",
         204,
         BodyKind::kNone,
         {.date = "now"},
         "HTTP/1.1 204 No Content\r\na: b\r\ndate: now\r\n\r\n",
         BodyFraming::kIdentity},
        {"Close",
         204,
         BodyKind::kNone,
         {.connection = ConnectionOption::kClose},
         "HTTP/1.1 204 No Content\r\na: b\r\nconnection: close\r\n\r\n",
         BodyFraming::kIdentity},
        {"UnknownStatus",
         599,
         BodyKind::kNone,
         {},
         "HTTP/1.1 599 \r\ncontent-length: 0\r\na: b\r\n\r\n",
         BodyFraming::kIdentity},
    }),
    [](const auto& info) { return info.param.name; });

TEST(WriteResponseHeadTest, KeepsTheServersReasonAndDate) {
  ResponseHead head;
  head.status = 204;
  head.reason = "Nothing";
  head.headers.Add("date", "then");
  BodyFraming framing = BodyFraming::kIdentity;
  EXPECT_EQ(Written(head, {.date = "now"}, &framing), "HTTP/1.1 204 Nothing\r\ndate: then\r\n\r\n");
}

TEST(WriteResponseHeadTest, RefusesInjection) {
  const std::vector<std::pair<std::string, void (*)(ResponseHead*)>> cases = {
      {"status too small", [](ResponseHead* head) { head->status = 99; }},
      {"status too large", [](ResponseHead* head) { head->status = 1000; }},
      {"negative status", [](ResponseHead* head) { head->status = -200; }},
      {"reason with CRLF", [](ResponseHead* head) { head->reason = "OK\r\nx: y"; }},
      {"name with a colon", [](ResponseHead* head) { head->headers.Add(":status", "200"); }},
      {"value with CRLF", [](ResponseHead* head) { head->headers.Add("a", "b\r\n\r\nHTTP/1.1"); }},
  };
  for (const auto& [name, spoil] : cases) {
    ResponseHead head;
    head.status = 200;
    spoil(&head);
    BodyFraming framing = BodyFraming::kIdentity;
    EXPECT_EQ(Written(head, {}, &framing), "refused") << name;
  }
}

TEST(WriteChunkTest, WritesHexadecimalSizes) {
  char out[kChunkHeadBytesMax];
  EXPECT_EQ(absl::string_view(out, WriteChunkHead(1, out)), "1\r\n");
  EXPECT_EQ(absl::string_view(out, WriteChunkHead(0xabc, out)), "abc\r\n");
  EXPECT_EQ(absl::string_view(out, WriteChunkHead(~0ull, out)), "ffffffffffffffff\r\n");
}

TEST(WriteChunkTest, WritesTrailers) {
  Headers trailers;
  std::string out;
  ASSERT_TRUE(AppendLastChunk(trailers, &out));
  EXPECT_EQ(out, kLastChunk);
  trailers.Add("grpc-status", "0");
  trailers.Add("a", "");
  out.clear();
  ASSERT_TRUE(AppendLastChunk(trailers, &out));
  EXPECT_EQ(out, "0\r\ngrpc-status: 0\r\na: \r\n\r\n");
  trailers.Add("b", "c\r\n\r\nGET / HTTP/1.1");
  EXPECT_FALSE(AppendLastChunk(trailers, &out));
}

std::string TextOf(const Headers& headers) {
  std::string text;
  for (const Header& field : headers) absl::StrAppend(&text, field.name, "=", field.value, " ");
  return text;
}

TEST(StripHopByHopTest, RemovesWhatBelongsToTheConnection) {
  Headers headers;
  headers.Add("a", "1");
  headers.Add("connection", "Close, X-One ,,");
  headers.Add("x-one", "2");
  headers.Add("x-two", "3");
  headers.Add("connection", "x-two");
  headers.Add("keep-alive", "timeout=5");
  headers.Add("proxy-connection", "keep-alive");
  headers.Add("upgrade", "h2c");
  headers.Add("te", "trailers");
  headers.Add("x-three", "4");
  StripHopByHop(&headers, /*upgrading=*/false);
  EXPECT_EQ(TextOf(headers), "a=1 te=trailers x-three=4 ");
}

TEST(StripHopByHopTest, KeepsAnUpgrade) {
  Headers headers;
  headers.Add("connection", "Upgrade, x-one");
  headers.Add("upgrade", "websocket");
  headers.Add("x-one", "1");
  headers.Add("keep-alive", "timeout=5");
  StripHopByHop(&headers, /*upgrading=*/true);
  EXPECT_EQ(TextOf(headers), "upgrade=websocket connection=upgrade ");
}

TEST(StripHopByHopTest, DoesNotLetASenderDropFramingOrHost) {
  Headers headers;
  headers.Add("connection", "host, content-length, te");
  headers.Add("host", "a");
  headers.Add("content-length", "5");
  headers.Add("te", "trailers");
  StripHopByHop(&headers, /*upgrading=*/false);
  EXPECT_EQ(TextOf(headers), "host=a content-length=5 te=trailers ");
}

TEST(StripHopByHopTest, BoundsItsWork) {
  std::string options;
  for (int i = 0; i < 10000; ++i) absl::StrAppend(&options, "y,");
  options += "x";
  Headers headers;
  headers.Add("connection", options);
  headers.Add("x", "1");
  StripHopByHop(&headers, /*upgrading=*/false);
  EXPECT_EQ(TextOf(headers), "x=1 ");
}

}  // namespace
}  // namespace gossamer::http1
