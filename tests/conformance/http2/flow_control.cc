#include "tests/conformance/http2/flow_control.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/conformance/http2/case_builders.h"

namespace gossamer::conformance {
namespace {

// The proxy's connection window.
constexpr int64_t kConnectionWindow = 1 << 20;
constexpr size_t kBodyBytes = 30'000;  // Of a stream; below its window.

// One stream with a body of kBodyBytes on it, one way or another, and its end.
using SpendStream = std::function<void(uint32_t stream, const Http2Target&, RawClient*)>;

// Sends a body whatever has become of its stream, as a client does that has not heard of it yet,
// but never beyond the connection's window.
void SendRegardless(uint32_t stream, RawClient* client) {
  constexpr size_t kPart = 10'000;
  for (size_t sent = 0; sent < kBodyBytes; sent += kPart) {
    if (!client->ReadUntil([&] { return client->send_window() >= int64_t{kPart}; })) return;
    client->SendCounted(DataFrame(stream, std::string(kPart, 'x')), kPart);
  }
}

std::string StaysWhole(const Http2Target& target, const SpendStream& spend) {
  RawClient client(target.connect());
  if (!client.Handshake()) return "no settings came";
  uint32_t stream = 1;
  for (int64_t spent = 0; spent < kConnectionWindow * 5 / 4; spent += kBodyBytes) {
    spend(stream, target, &client);
    if (client.closed()) return absl::StrCat("closed with GOAWAY ", client.goaway_code());
    stream += 2;
  }
  const std::string body(static_cast<size_t>(kConnectionWindow * 5 / 2), 'y');
  client.StartRequest(stream, RequestFields("POST") + target.more, /*end_stream=*/false);
  if (!client.SendBody(stream, body)) {
    return absl::StrCat("a large body is stuck; the connection's window is ", client.send_window(),
                        ", the stream's ", client.stream(stream).send_window);
  }
  const ClientStream& last = client.Await(stream);
  if (last.status == 200 && absl::StrContains(last.body, absl::StrCat("\n", body.size(), "\n"))) {
    return "";
  }
  return absl::StrCat("the large body got status ", last.status, ": ", last.body);
}

void Start(uint32_t stream, const Http2Target& target, RawClient* client, const Fields& fields = {},
           absl::string_view path = "/") {
  client->StartRequest(stream, RequestFields("POST", path) + target.more + fields,
                       /*end_stream=*/false);
}

void Complete(uint32_t stream, const Http2Target& target, RawClient* client) {
  Start(stream, target, client);
  client->SendBody(stream, std::string(kBodyBytes, 'x'));
  client->Await(stream);
}

void ResetMidway(uint32_t stream, const Http2Target& target, RawClient* client) {
  Start(stream, target, client);
  client->SendBody(stream, std::string(kBodyBytes, 'x'), /*end_stream=*/false);
  client->Send(RstStreamFrame(stream, kCancel));
}

void ResetUnanswered(uint32_t stream, const Http2Target& target, RawClient* client) {
  Start(stream, target, client, {}, "/stall");
  client->SendBody(stream, std::string(kBodyBytes, 'x'));
  client->Send(RstStreamFrame(stream, kCancel));
}

void Pad(uint32_t stream, const Http2Target& target, RawClient* client) {
  constexpr size_t kFrame = 257;  // A byte of data, 255 of padding, and one for their number.
  Start(stream, target, client);
  for (size_t sent = 0; sent < kBodyBytes; sent += kFrame) {
    client->ReadUntil([&] { return client->send_window() >= int64_t{kFrame}; });
    client->SendCounted(PaddedDataFrame(stream, "x", 255), kFrame);
  }
  client->Send(DataFrame(stream, "", kEndStream));
  client->Await(stream);
}

void ExceedItsLength(uint32_t stream, const Http2Target& target, RawClient* client) {
  Start(stream, target, client, {{"content-length", "10"}});
  SendRegardless(stream, client);
}

void FollowARefusedHead(uint32_t stream, const Http2Target& target, RawClient* client) {
  Start(stream, target, client, Fields(1700, {"a", "0123456789"}));
  SendRegardless(stream, client);
}

void FollowAMalformedHead(uint32_t stream, const Http2Target& target, RawClient* client) {
  Start(stream, target, client, {{"connection", "x"}});
  SendRegardless(stream, client);
}

void EndInMalformedTrailers(uint32_t stream, const Http2Target& target, RawClient* client) {
  Start(stream, target, client);
  client->SendBody(stream, std::string(kBodyBytes, 'x'), /*end_stream=*/false);
  client->Send(HeadersFrame(stream, {{"x", "a\nb"}}));
  client->Await(stream);
}

// --- Responses ---

// Everything that the peer had to say before this point has come.
void RoundTrip(RawClient* client) {
  const size_t pongs = client->pongs().size();
  client->Send(PingFrame("roundtrp"));
  client->ReadUntil([&] { return client->pongs().size() > pongs; });
}

std::string ResponsesHeedTheirWindows(const Http2Target& target) {
  constexpr size_t kSize = 300'000;
  RawClient client(target.connect());
  client.set_opens_windows(false);
  if (!client.Handshake({{kInitialWindowSize, 1000}})) return "no settings came";
  client.StartRequest(1, RequestFields("GET", absl::StrCat("/big/", kSize)) + target.more);
  const std::string& body = client.stream(1).body;
  const auto holds_at = [&](size_t bytes) {
    client.ReadUntil([&] { return body.size() >= bytes; });
    RoundTrip(&client);
    return body.size() == bytes ? ""
                                : absl::StrCat("expected ", bytes, " bytes, got ", body.size());
  };
  std::string wrong = holds_at(1000);
  if (!wrong.empty()) return wrong;
  client.Send(WindowUpdateFrame(1, 500));
  if (!(wrong = holds_at(1500)).empty()) return wrong;
  // A larger initial window opens what there is already (section 6.9.2).
  client.Send(SettingsFrame({{kInitialWindowSize, 3000}}));
  if (!(wrong = holds_at(3500)).empty()) return wrong;
  // A smaller one makes a window negative: the next 3000 bytes open nothing.
  client.Send(SettingsFrame({{kInitialWindowSize, 0}}));
  client.Send(WindowUpdateFrame(1, 3000));
  if (!(wrong = holds_at(3500)).empty()) return wrong;
  client.Send(WindowUpdateFrame(1, 1));
  if (!(wrong = holds_at(3501)).empty()) return wrong;
  // The connection's own window.
  client.Send(WindowUpdateFrame(1, 1'000'000));
  if (!(wrong = holds_at(65'535)).empty()) return wrong;
  client.Send(WindowUpdateFrame(0, 1'000'000));
  if (!(wrong = holds_at(kSize)).empty()) return wrong;
  return client.Await(1).ended ? "" : "the response does not end";
}

// Streams that wait for their windows do not hold up one that has room.
std::string AStalledStreamHoldsUpNoOther(const Http2Target& target) {
  RawClient client(target.connect());
  client.set_opens_windows(false);
  if (!client.Handshake({{kInitialWindowSize, 100}})) return "no settings came";
  for (uint32_t stream = 1; stream <= 39; stream += 2) {
    client.StartRequest(stream, RequestFields("GET", "/big/1000000") + target.more);
  }
  client.ReadUntil([&] { return client.stream(39).body.size() == 100; });
  client.StartRequest(41, RequestFields("GET", "/big/90") + target.more);
  const ClientStream& small = client.Await(41);
  if (small.status == 200 && small.body.size() == 90) return "";
  return absl::StrCat("the small response got ", small.body.size(), " bytes");
}

FlowControlCase Whole(const char* name, SpendStream spend) {
  return {
      absl::StrCat("Rfc9113_6_9_1_", name),
      [spend = std::move(spend)](const Http2Target& target) { return StaysWhole(target, spend); }};
}

}  // namespace

const std::vector<FlowControlCase>& FlowControlCases() {
  static const auto& cases = *new std::vector<FlowControlCase>{
      Whole("Complete", Complete),
      Whole("ResetMidway", ResetMidway),
      Whole("ResetUnanswered", ResetUnanswered),
      Whole("Padding", Pad),
      Whole("ExceedsItsLength", ExceedItsLength),
      Whole("BehindARefusedHead", FollowARefusedHead),
      Whole("BehindAMalformedHead", FollowAMalformedHead),
      Whole("MalformedTrailers", EndInMalformedTrailers),
      {"Rfc9113_6_9_2_ResponsesHeedTheirWindows", ResponsesHeedTheirWindows},
      {"Rfc9113_5_2_1_AStalledStreamHoldsUpNoOther", AStalledStreamHoldsUpNoOther},
  };
  return cases;
}

}  // namespace gossamer::conformance
