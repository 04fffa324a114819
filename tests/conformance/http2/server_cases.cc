#include "tests/conformance/http2/server_cases.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/conformance/http2/raw_client.h"

namespace gossamer::conformance {
namespace {

using Answer = std::function<std::string(uint32_t stream)>;

std::string Head(uint32_t stream, const Fields& more = {}, bool end = false) {
  Fields fields = {{":status", "200"}};
  fields.insert(fields.end(), more.begin(), more.end());
  return HeadersFrames(stream, Block(fields), end);
}

std::string Interim(uint32_t stream, absl::string_view status, uint8_t flags = kEndHeaders) {
  return HeadersFrame(stream, {{":status", std::string(status)}}, flags);
}

std::string Ok(uint32_t stream) { return Head(stream) + DataFrame(stream, "ok", kEndStream); }

ServerCase Good(std::string name, Answer answer) {
  ServerCase c;
  c.name = std::move(name);
  c.script.answer = [answer = std::move(answer)](uint32_t stream, int) { return answer(stream); };
  return c;
}

// Refused before anything of it could be passed on.
ServerCase Bad(std::string name, Answer answer) {
  ServerCase c = Good(std::move(name), std::move(answer));
  c.status = 502;
  c.body = "";
  return c;
}

// A reset.
ServerCase Broken(std::string name, Answer answer) {
  ServerCase c = Bad(std::move(name), std::move(answer));
  c.status = 0;
  return c;
}

ServerCase Closing(ServerCase c) {
  c.script.closes = true;
  return c;
}

ServerCase BadHello(std::string name, std::string hello) {
  ServerCase c = Bad(std::move(name), Ok);
  c.script.hello = std::move(hello);
  return c;
}

ServerCase BadHead(std::string name, Fields fields) {
  return Bad(std::move(name), [fields = std::move(fields)](uint32_t stream) {
    return HeadersFrame(stream, fields);
  });
}

std::vector<ServerCase> Responses() {
  ServerCase early = Good("Rfc9113_8_1_BeforeTheRequestEnds",
                          [](uint32_t s) { return Ok(s) + RstStreamFrame(s, kNoError); });
  early.whole_request = false;
  ServerCase interim = Good("Rfc9110_15_2_Interim", [](uint32_t s) {
    return Interim(s, "103") + Interim(s, "100") + Interim(s, "103") + Ok(s);
  });
  interim.interim = {103, 100, 103};
  ServerCase trailers = Good("Rfc9113_8_1_Trailers", [](uint32_t s) {
    return Head(s) + DataFrame(s, "ok") + HeadersFrame(s, {{"x", "y"}});
  });
  trailers.trailers = {{"x", "y"}};
  ServerCase head = Good("Rfc9110_9_3_2_Head",
                         [](uint32_t s) { return Head(s, {{"content-length", "2"}}, true); });
  head.method = "HEAD";
  head.body = "";
  ServerCase second = Good("Rfc9113_8_7_RefusedOnce", Ok);
  second.script.answer = [](uint32_t s, int attempt) {
    return attempt == 1 ? RstStreamFrame(s, kRefusedStream) : Ok(s);
  };
  ServerCase not_seen = Closing(Good("Rfc9113_6_8_NotSeenBeforeGoaway", Ok));
  not_seen.script.answer = [](uint32_t s, int attempt) {
    return attempt == 1 ? GoawayFrame(0, kNoError) : Ok(s) + GoawayFrame(s, kNoError);
  };
  return {
      Good("Rfc9113_8_1_Response", Ok),
      early,
      interim,
      trailers,
      head,
      second,
      not_seen,
      Good("Rfc9113_6_8_GoawayMidway",
           [](uint32_t s) { return Head(s) + GoawayFrame(s, kNoError) + DataFrame(s, "ok", 1); }),
      Good("Rfc9113_5_3_WhatIsIgnored",
           [](uint32_t s) {
             return Encode(0x33, 0, 0, "x") + Encode(kPriority, 0, s, Number(0) + "\x10") +
                    WindowUpdateFrame(s, 5) + Head(s) + PaddedDataFrame(s, "o", 200) +
                    PingFrame("12345678", kAck) + PaddedDataFrame(s, "k", 0, kEndStream);
           }),
      Good("Rfc9113_6_10_Continuation",
           [](uint32_t s) {
             const std::string block = Block({{":status", "200"}, {"x", "y"}});
             return Encode(kHeaders, 0, s, block.substr(0, 5)) +
                    Encode(kContinuation, kEndHeaders, s, block.substr(5)) +
                    DataFrame(s, "ok", kEndStream);
           }),
  };
}

std::vector<ServerCase> Resets() {
  return {
      Broken("Rfc9113_6_4_BeforeTheHead", [](uint32_t s) { return RstStreamFrame(s, kCancel); }),
      Broken("Rfc9113_6_4_BehindTheHead",
             [](uint32_t s) { return Head(s) + RstStreamFrame(s, kInternalError); }),
      Broken("Rfc9113_6_4_BehindData",
             [](uint32_t s) {
               return Head(s) + DataFrame(s, "ok") + RstStreamFrame(s, kEnhanceYourCalm);
             }),
      Broken("Rfc9113_6_4_NoErrorBehindTheHead",
             [](uint32_t s) { return Head(s) + RstStreamFrame(s, kNoError); }),
      Broken("Rfc9113_8_7_RefusedEachTime",
             [](uint32_t s) { return RstStreamFrame(s, kRefusedStream); }),
      Closing(Broken("Rfc9113_6_8_NeverSeen", [](uint32_t) { return GoawayFrame(0, kNoError); })),
      Closing(Bad("Rfc9113_9_1_ClosesAtOnce", [](uint32_t) { return ""; })),
      Closing(Bad("Rfc9113_9_1_ClosesBehindAnInterimResponse",
                  [](uint32_t s) { return Interim(s, "103"); })),
      Closing(Broken("Rfc9113_9_1_ClosesBehindTheHead", [](uint32_t s) { return Head(s); })),
      Closing(Broken("Rfc9113_9_1_ClosesBehindData",
                     [](uint32_t s) { return Head(s) + DataFrame(s, "ok"); })),
  };
}

std::vector<ServerCase> Hellos() {
  ServerCase silent = Closing(BadHello("Rfc9113_3_4_HangsUp", ""));
  silent.script.answer = nullptr;
  return {
      silent,
      BadHello("Rfc9113_3_4_Http1", "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
      BadHello("Rfc9113_3_4_NoSettings", PingFrame("12345678")),
      BadHello("Rfc9113_3_4_Acknowledgement", Encode(kSettings, kAck, 0, "")),
      BadHello("Rfc9113_6_5_2_WindowTooLarge", SettingsFrame({{kInitialWindowSize, 0x80000000}})),
      BadHello("Rfc9113_6_5_2_FrameTooSmall", SettingsFrame({{kMaxFrameSize, 1}})),
      BadHello("Rfc9113_6_5_2_PushByAServer", SettingsFrame({{kEnablePush, 1}})),
      BadHello("Rfc9113_6_5_WrongSize", Encode(kSettings, 0, 0, "12345")),
  };
}

std::vector<ServerCase> Violations() {
  return {
      Bad("Rfc9113_8_1_DataFirst", [](uint32_t s) { return DataFrame(s, "ok", kEndStream); }),
      Bad("Rfc9113_8_1_InterimAtTheEnd",
          [](uint32_t s) { return Interim(s, "103", kEndHeaders | kEndStream); }),
      BadHead("Rfc9113_8_3_2_NoStatus", {{"x", "y"}}),
      BadHead("Rfc9113_8_3_2_ShortStatus", {{":status", "20"}}),
      BadHead("Rfc9113_8_3_2_StatusTwice", {{":status", "200"}, {":status", "200"}}),
      BadHead("Rfc9113_8_3_2_StatusBehindAField", {{"x", "y"}, {":status", "200"}}),
      BadHead("Rfc9113_8_3_PseudoFieldOfARequest", {{":status", "200"}, {":path", "/"}}),
      BadHead("Rfc9113_8_6_SwitchingProtocols", {{":status", "101"}}),
      BadHead("Rfc9113_8_2_1_UpperCase", {{":status", "200"}, {"X", "y"}}),
      BadHead("Rfc9113_8_2_1_LineFeed", {{":status", "200"}, {"x", "a\nb"}}),
      BadHead("Rfc9113_8_2_1_Nul", {{":status", "200"}, {"x", std::string("a\0b", 3)}}),
      BadHead("Rfc9113_8_2_2_Connection", {{":status", "200"}, {"connection", "close"}}),
      BadHead("Rfc9113_8_2_2_TransferEncoding",
              {{":status", "200"}, {"transfer-encoding", "chunked"}}),
      BadHead("Rfc9113_8_1_1_LengthWithoutBody", {{":status", "200"}, {"content-length", "5"}}),
      BadHead("Rfc9110_8_6_TwoLengths",
              {{":status", "200"}, {"content-length", "0"}, {"content-length", "1"}}),
      Bad("Rfc9113_10_5_1_HeadTooLarge",
          [](uint32_t s) {
            const std::string value(17'000, 'v');
            return Head(s, {{"a", value}, {"b", value}, {"c", value}, {"d", value}}, true);
          }),
      Broken("Rfc9113_8_1_1_TooLittle",
             [](uint32_t s) {
               return Head(s, {{"content-length", "3"}}) + DataFrame(s, "ok", kEndStream);
             }),
      Broken("Rfc9113_8_1_1_TooMuch",
             [](uint32_t s) { return Head(s, {{"content-length", "1"}}) + DataFrame(s, "ok"); }),
      Broken("Rfc9113_8_1_TrailersWithoutEnd",
             [](uint32_t s) {
               return Head(s) + DataFrame(s, "ok") + HeadersFrame(s, {{"x", "y"}}, kEndHeaders);
             }),
      Broken("Rfc9113_8_1_PseudoFieldInTrailers",
             [](uint32_t s) { return Head(s) + HeadersFrame(s, {{":status", "200"}}); }),
  };
}

std::vector<ServerCase> ConnectionErrors() {
  ServerCase deluge = Broken("Rfc9113_6_9_DataBeyondTheWindows", [](uint32_t s) {
    std::string bytes = Head(s);
    for (int i = 0; i < 200; ++i) bytes += DataFrame(s, std::string(16'384, 'x'));
    return bytes;
  });
  deluge.client_reads = false;
  return {
      deluge,
      Bad("Rfc9113_4_3_UndecodableBlock",
          [](uint32_t s) { return Encode(kHeaders, kEndHeaders, s, "\xff\xff\xff\xff\xff"); }),
      Bad("Rfc9113_4_2_FrameTooLarge",
          [](uint32_t s) { return Encode(kHeaders, kEndHeaders, s, std::string(20'000, 'x')); }),
      Bad("Rfc9113_6_6_Push",
          [](uint32_t s) {
            return Encode(kPushPromise, kEndHeaders, s, Number(2) + Block(RequestFields()));
          }),
      Bad("Rfc9113_5_1_1_ResponseToNothing", [](uint32_t s) { return Ok(s + 2); }),
      Bad("Rfc9113_5_1_ResetOfNothing", [](uint32_t s) { return RstStreamFrame(s + 2, kCancel); }),
      Bad("Rfc9113_6_9_1_WindowOverflows",
          [](uint32_t) { return WindowUpdateFrame(0, 0x7fffffff) + WindowUpdateFrame(0, 1); }),
      Bad("Rfc9113_6_9_WindowByZero", [](uint32_t) { return WindowUpdateFrame(0, 0); }),
      Bad("Rfc9113_6_7_PingOfAWrongSize", [](uint32_t) { return PingFrame("x"); }),
      Bad("Rfc9113_6_10_PingInsideABlock",
          [](uint32_t s) { return Encode(kHeaders, 0, s, "\x88") + PingFrame("12345678"); }),
      Bad("Rfc9113_10_5_1_ContinuationsWithoutEnd",
          [](uint32_t s) {
            std::string bytes = Encode(kHeaders, 0, s, "\x88");
            for (int i = 0; i < 1000; ++i) {
              bytes += Encode(kContinuation, 0, s, Block({{"x", "y"}}));
            }
            return bytes;
          }),
  };
}

}  // namespace

const std::vector<ServerCase>& ServerCases() {
  static const auto& cases = *[] {
    auto* all = new std::vector<ServerCase>();
    for (std::vector<ServerCase> part :
         {Responses(), Resets(), Hellos(), Violations(), ConnectionErrors()}) {
      for (ServerCase& c : part) all->push_back(std::move(c));
    }
    return all;
  }();
  return cases;
}

namespace {

std::string CheckResponse(const ServerCase& c, const ClientStream& stream) {
  const std::string got =
      absl::StrCat("got status ", stream.status, stream.ended ? ", ended" : "",
                   stream.reset ? absl::StrCat(", reset ", stream.reset_code) : "", ", interim ",
                   absl::StrJoin(stream.interim, " "), ", ", stream.body.size(), " bytes");
  if (c.status == 0) return stream.reset && !stream.ended ? "" : got;
  const bool right = stream.status == c.status && stream.ended && stream.body == c.body &&
                     stream.trailers == c.trailers;
  // Those of a response that turns out bad may have been passed on or not.
  const bool interim_right = c.status != 200 || stream.interim == c.interim;
  return right && interim_right ? "" : got;
}

std::string CheckGoodRequest(ServerScript script, const std::function<int()>& connect,
                             RawServer* server) {
  server->Play(std::move(script));
  RawClient client(connect());
  if (!client.Handshake()) return "got no settings";
  client.StartRequest(1, RequestFields());
  return CheckResponse(ServerCase(), client.Await(1));
}

}  // namespace

std::string RunServerCase(const ServerCase& c, const std::function<int()>& connect,
                          RawServer* server) {
  // The proxy's connection ends with the response, so that the next request gets a new one.
  ServerScript last;
  last.answer = [](uint32_t s, int) { return Ok(s) + GoawayFrame(s, kNoError); };
  std::string wrong = CheckGoodRequest(std::move(last), connect, server);
  if (!wrong.empty()) return absl::StrCat("the request before ", wrong);
  server->Play(c.script);
  {
    RawClient client(connect());
    client.set_opens_windows(c.client_reads);
    if (!client.Handshake()) return "no settings came";
    client.StartRequest(1, RequestFields(c.method), c.whole_request);
    wrong = CheckResponse(c, client.Await(1));
    if (!wrong.empty()) return wrong;
  }
  wrong = CheckGoodRequest({}, connect, server);
  return wrong.empty() ? "" : absl::StrCat("the next request ", wrong);
}

}  // namespace gossamer::conformance
