#include <string>
#include <utility>
#include <vector>

#include "tests/conformance/http2/case_builders.h"
#include "tests/conformance/http2/cases.h"
#include "tests/conformance/http2/frames.h"

namespace gossamer::conformance {
namespace {

// Builds cases from requests that all have some fields.
class MessageCaseBuilder {
 public:
  explicit MessageCaseBuilder(const Fields& more) : more_(more) {}

  std::vector<Http2Case> FieldCases() const {
    const auto bad = [this](std::string name, std::string field, std::string value) {
      return StreamError(std::move(name), Get({{std::move(field), std::move(value)}}));
    };
    return {
        Answered("Rfc9113_8_2_Fields", Get({{"x", "1"}, {"y", ""}, {"x", "2"}}),
                 "x: 1\nx: 2\ny: \n"),
        Answered("Rfc9113_8_2_1_ObsoleteText", Get({{"x", "\xe4"}}), "x: \xe4\n"),
        bad("Rfc9113_8_2_1_UpperCase", "X-y", "a"),
        bad("Rfc9113_8_2_1_BlankInName", "x y", "a"),
        bad("Rfc9113_8_2_1_ColonInName", "x:y", "a"),
        bad("Rfc9113_8_2_1_LineFeedInName", "x\ny", "a"),
        bad("Rfc9113_8_2_1_NulInName", std::string("x\0y", 3), "a"),
        bad("Rfc9113_8_2_1_NameAbove7e", "x\xe4", "a"),
        bad("Rfc9113_8_2_1_NoName", "", "a"),
        bad("Rfc9113_8_2_1_CarriageReturn", "x", "a\rb"),
        bad("Rfc9113_8_2_1_LineFeed", "x", "a\nb"),
        bad("Rfc9113_8_2_1_Smuggled", "x", "a\r\n\r\nGET /admin HTTP/1.1\r\nhost: a\r\n\r\n"),
        bad("Rfc9113_8_2_1_Nul", "x", std::string("a\0b", 3)),
        bad("Rfc9113_8_2_1_BlankFirst", "x", " a"),
        bad("Rfc9113_8_2_1_BlankLast", "x", "a "),
        bad("Rfc9113_8_2_1_TabLast", "x", "a\t"),
        bad("Rfc9113_8_2_2_Connection", "connection", "close"),
        bad("Rfc9113_8_2_2_KeepAlive", "keep-alive", "timeout=5"),
        bad("Rfc9113_8_2_2_ProxyConnection", "proxy-connection", "close"),
        bad("Rfc9113_8_2_2_Upgrade", "upgrade", "websocket"),
        bad("Rfc9113_8_2_2_TransferEncoding", "transfer-encoding", "chunked"),
        bad("Rfc9113_8_2_2_Te", "te", "gzip"),
        Answered("Rfc9113_8_2_2_TeTrailers", Get({{"te", "trailers"}}), "te: trailers\n"),
    };
  }

  std::vector<Http2Case> PseudoFieldCases() const {
    const auto bad = [this](std::string name, const Fields& fields) {
      return StreamError(std::move(name), HeadersFrame(1, fields + more_));
    };
    const Fields all = RequestFields();
    const auto without = [&all](const std::string& name) {
      Fields fields;
      for (const auto& field : all) {
        if (field.first != name) fields.push_back(field);
      }
      return fields;
    };
    const auto target = [this](absl::string_view method, absl::string_view path,
                               absl::string_view authority) {
      return HeadersFrame(1, RequestFields(method, path, authority) + more_);
    };
    return {
        bad("Rfc9113_8_3_1_NoMethod", without(":method")),
        bad("Rfc9113_8_3_1_NoScheme", without(":scheme")),
        bad("Rfc9113_8_3_1_NoPath", without(":path")),
        bad("Rfc9113_8_3_1_NoAuthority", without(":authority")),
        bad("Rfc9113_8_3_1_MethodTwice", all + Fields{{":method", "GET"}}),
        bad("Rfc9113_8_3_1_PathTwice", all + Fields{{":path", "/"}}),
        bad("Rfc9113_8_3_1_AuthorityTwice", all + Fields{{":authority", "a"}}),
        bad("Rfc9113_8_3_Unknown", all + Fields{{":unknown", "x"}}),
        bad("Rfc9113_8_3_OfAResponse", all + Fields{{":status", "200"}}),
        bad("Rfc9113_8_3_BehindAField", without(":path") + Fields{{"x", "y"}, {":path", "/"}}),
        bad("Rfc9113_8_3_1_EmptyPath", without(":path") + Fields{{":path", ""}}),
        bad("Rfc9113_8_3_1_RelativePath", without(":path") + Fields{{":path", "x"}}),
        bad("Rfc9113_8_3_1_AsteriskOfAGet", without(":path") + Fields{{":path", "*"}}),
        bad("Rfc9113_8_3_1_LineEndInPath",
            without(":path") + Fields{{":path", "/ HTTP/1.1\r\nx: y\r\n\r\n"}}),
        bad("Rfc9113_8_3_1_BlankInPath", without(":path") + Fields{{":path", "/ HTTP/1.1"}}),
        bad("Rfc9110_9_1_MethodIsNoToken", without(":method") + Fields{{":method", "G T"}}),
        bad("Rfc9110_9_1_LineEndInMethod",
            without(":method") + Fields{{":method", "GET / HTTP/1.1\r\nx: y\r\n\r\nGET"}}),
        bad("Rfc9113_8_3_1_LineEndInAuthority",
            without(":authority") + Fields{{":authority", "a\r\nx: y"}}),
        bad("Rfc9113_8_3_1_BlankInAuthority",
            without(":authority") + Fields{{":authority", "a b"}}),
        bad("Rfc9113_8_3_1_BlankInScheme", without(":scheme") + Fields{{":scheme", "ht tp"}}),
        Refused("Rfc9113_8_3_1_FragmentInPath", target("GET", "/#x", "a"), 400),
        Refused("Rfc9113_8_3_1_PathAbove7e", target("GET", "/\xe4", "a"), 400),
        StreamError("Rfc9113_8_3_1_UserInformation", target("GET", "/", "u@a")),
        StreamError("Rfc9113_8_3_1_PathInAuthority", target("GET", "/", "a/b")),
        Refused("Rfc9113_8_3_1_BadPort", target("GET", "/", "a:b"), 400),
        Refused("Rfc9113_8_3_1_HostDiffers", HeadersFrame(1, all + Fields{{"host", "b"}} + more_),
                400),
        Answered("Rfc9113_8_3_1_HostAgrees", HeadersFrame(1, all + Fields{{"host", "A"}} + more_),
                 "GET / a\n"),
        Answered("Rfc9113_8_3_1_HostAlone",
                 HeadersFrame(1, without(":authority") + Fields{{"host", "b"}} + more_),
                 "GET / b\n"),
        bad("Rfc9113_8_3_1_TwoHosts", all + Fields{{"host", "a"}, {"host", "a"}}),
        Answered("Rfc9113_8_3_1_Asterisk", target("OPTIONS", "*", "a"), "OPTIONS * a\n"),
        Answered("Rfc9113_8_3_1_OtherMethod", target("BREW", "/x?y", "a:80"), "BREW /x?y a:80\n"),
        bad("Rfc9113_8_5_ConnectWithPath", RequestFields("CONNECT", "/", "b:443")),
        bad("Rfc9113_8_5_ConnectWithoutAuthority", {{":method", "CONNECT"}}),
        bad("Rfc8441_4_ProtocolUnasked",
            RequestFields("CONNECT", "/", "a") + Fields{{":protocol", "websocket"}}),
    };
  }

  std::vector<Http2Case> BodyCases() const {
    const Fields post = RequestFields("POST") + more_;
    const auto with_length = [&](const std::string& length) {
      return post + Fields{{"content-length", length}};
    };
    const auto head = [](const Fields& fields) { return HeadersFrame(1, fields, kEndHeaders); };
    return {
        Answered("Rfc9113_8_1_1_Length", head(with_length("2")) + DataFrame(1, "hi", kEndStream),
                 "content-length: 2\n"),
        Answered("Rfc9113_8_1_1_LengthZero", HeadersFrame(1, with_length("0"))),
        StreamError("Rfc9113_8_1_1_LengthWithoutBody", HeadersFrame(1, with_length("5"))),
        StreamError("Rfc9113_8_1_1_TooLittle",
                    head(with_length("3")) + DataFrame(1, "hi", kEndStream)),
        StreamError("Rfc9113_8_1_1_TooMuch", head(with_length("1")) + DataFrame(1, "hi")),
        StreamError("Rfc9113_8_1_1_TooLittleBeforeTrailers",
                    head(with_length("3")) + DataFrame(1, "hi") + HeadersFrame(1, {{"x", "y"}})),
        StreamError("Rfc9110_8_6_TwoLengths",
                    head(with_length("2") + Fields{{"content-length", "3"}})),
        StreamError("Rfc9110_8_6_LengthList", head(with_length("2, 2"))),
        StreamError("Rfc9110_8_6_PlusLength", head(with_length("+2"))),
        StreamError("Rfc9110_8_6_LengthOverflows", head(with_length("18446744073709551617"))),
        Answered("Rfc9113_8_1_NoLength", head(post) + DataFrame(1, "hi", kEndStream), "\n2\n"),
        Answered("Rfc9113_8_1_Trailers",
                 head(post) + DataFrame(1, "hi") + HeadersFrame(1, {{"x", "y"}}), "\n2\nx: y\n"),
        Answered("Rfc9113_8_1_TrailersAlone", head(post) + HeadersFrame(1, {{"x", "y"}}),
                 "\n0\nx: y\n"),
        StreamError("Rfc9113_8_1_TrailersWithoutEnd",
                    head(post) + HeadersFrame(1, {{"x", "y"}}, kEndHeaders)),
        StreamError("Rfc9113_8_1_PseudoFieldInTrailers",
                    head(post) + HeadersFrame(1, {{":path", "/"}})),
        StreamError("Rfc9113_8_2_2_ConnectionInTrailers",
                    head(post) + HeadersFrame(1, {{"connection", "x"}})),
        StreamError("Rfc9113_8_2_1_LineFeedInTrailers",
                    head(post) + HeadersFrame(1, {{"x", "a\nb"}})),
    };
  }

  std::vector<Http2Case> LimitCases() const {
    Fields many;
    for (int i = 0; i < 2000; ++i) many.emplace_back("a", "b");
    const std::string value(17'000, 'v');
    const auto get = [this](const Fields& fields) {
      return HeadersFrames(1, Block(RequestFields() + more_ + fields));
    };
    return {
        Refused("Rfc9113_10_5_1_ManyFields", get(many), 431),
        Refused("Rfc9113_10_5_1_LargeFields",
                get({{"a", value}, {"b", value}, {"c", value}, {"d", value}}), 431),
        Refused("Rfc9113_10_5_1_ManyCookies", get(Fields(2000, {"cookie", "a=b"})), 431),
        // One field of 4000 bytes in the dynamic table, named fifty times by a byte each.
        Refused("Rfc7541_7_3_Amplified",
                HeadersFrames(1, Block(RequestFields() + more_) + "\x40\x01x\x7f\xa1\x1e" +
                                     std::string(4000, 'v') + std::string(50, '\xbe')),
                431),
    };
  }

 private:
  std::string Get(const Fields& fields) const {
    return HeadersFrame(1, RequestFields() + more_ + fields);
  }
  const Fields& more_;
};

}  // namespace

std::vector<Http2Case> MessageCases(const Fields& more) {
  const MessageCaseBuilder builder(more);
  std::vector<Http2Case> all;
  for (const std::vector<Http2Case>& part : {builder.FieldCases(), builder.PseudoFieldCases(),
                                             builder.BodyCases(), builder.LimitCases()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace gossamer::conformance
