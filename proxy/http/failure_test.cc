#include "proxy/http/failure.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gossamer::proxy {
namespace {

std::string FieldsOf(const http::ResponseHead& head) {
  std::string all;
  for (const auto& field : head.headers) absl::StrAppend(&all, field.name, "=", field.value, ";");
  return all;
}

TEST(FailureTest, HasTheStatusesOfItsKind) {
  struct Case {
    FailureKind kind;
    int http;
    int grpc;
    bool closes;
  };
  for (const Case& c : std::vector<Case>{
           {FailureKind::kInternal, 500, 13, true},
           {FailureKind::kBadGateway, 502, 14, true},
           {FailureKind::kGatewayTimeout, 504, 4, true},
           {FailureKind::kUnavailable, 503, 14, true},
           {FailureKind::kPermissionDenied, 403, 7, false},
           {FailureKind::kRateLimited, 429, 8, false},
           {FailureKind::kLoop, 508, 10, true},
           {FailureKind::kNotFound, 404, 5, false},
       }) {
    EXPECT_EQ(HttpStatus(c.kind), c.http);
    EXPECT_EQ(GrpcStatus(c.kind), c.grpc) << c.http;
    EXPECT_EQ(ClosesConnection(c.kind), c.closes) << c.http;
  }
}

TEST(FailureTest, TellsClientsByHeadersWhereAllowed) {
  Failure failure;
  failure.kind = FailureKind::kBadGateway;
  failure.message = "connect refused";
  http::ResponseHead head;
  MakeFailureResponse(failure, /*grpc=*/false, /*informational=*/true, &head);
  EXPECT_EQ(head.status, 502);
  EXPECT_EQ(FieldsOf(head),
            "content-length=0;l5d-proxy-error=connect refused;l5d-proxy-connection=close;");
  MakeFailureResponse(failure, false, false, &head);
  EXPECT_EQ(FieldsOf(head), "content-length=0;");
  failure.close = false;
  MakeFailureResponse(failure, false, true, &head);
  EXPECT_EQ(FieldsOf(head), "content-length=0;l5d-proxy-error=connect refused;");
  MakeFailureResponse(failure, true, true, &head);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(FieldsOf(head),
            "content-length=0;content-type=application/grpc;grpc-status=14;grpc-message=connect "
            "refused;l5d-proxy-error=connect refused;");
  MakeFailureResponse(failure, true, false, &head);
  EXPECT_EQ(FieldsOf(head), "content-length=0;content-type=application/grpc;grpc-status=14;");
}

TEST(FailureTest, WhatIsNoHeaderValueIsNotSent) {
  for (const char* bad : {"a\r\nb: c", "a\nb", "\x01", "\x7f"}) {
    EXPECT_EQ(HeaderSafe(bad), "unexpected error");
  }
  EXPECT_EQ(HeaderSafe(absl::string_view("\0", 1)), "unexpected error");
  EXPECT_EQ(HeaderSafe("plain text"), "plain text");
}

TEST(FailureTest, TellsFailuresToConnectApart) {
  EXPECT_EQ(FailureOf(absl::DeadlineExceededError("x")).kind, FailureKind::kGatewayTimeout);
  EXPECT_EQ(FailureOf(absl::ResourceExhaustedError("x")).kind, FailureKind::kUnavailable);
  EXPECT_EQ(FailureOf(absl::UnavailableError("x")).kind, FailureKind::kBadGateway);
  EXPECT_EQ(FailureOf(absl::PermissionDeniedError("wrong id")).message, "wrong id");
  EXPECT_EQ(FailureOf(http::Reset{http::ResetCause::kPeer, 5, 0}).kind, FailureKind::kBadGateway);
}

TEST(FailureTest, SaysWhatIsWrongWithAResponse) {
  const Failure failure = FailureOf(http::Reset{http::ResetCause::kProtocol, 1, 0, "bad_host"});
  EXPECT_EQ(failure.message, "the server's response is malformed: bad_host");
  EXPECT_EQ(RefusedMessageName(502), "response");
  for (int status : {0, 400, 408, 414, 431, 501, 505}) {
    EXPECT_EQ(RefusedMessageName(status), "request") << status;
  }
}

TEST(FailureTest, AServersFailureLeavesTheClientsConnectionOpen) {
  EXPECT_FALSE(FailureOf(absl::UnavailableError("x")).close);
  EXPECT_FALSE(FailureOf(absl::ResourceExhaustedError("x")).close);
  EXPECT_FALSE(FailureOf(http::Reset{http::ResetCause::kConnectionLost, 0, 0}).close);
}

}  // namespace
}  // namespace gossamer::proxy
