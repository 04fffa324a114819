#include "tests/conformance/http2/run_case.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/conformance/http2/case_builders.h"

namespace gossamer::conformance {
namespace {

constexpr uint32_t kProbeStream = 101;

std::string StreamText(const ClientStream& stream) {
  std::string text = absl::StrCat("status ", stream.status);
  if (stream.reset) absl::StrAppend(&text, ", reset ", stream.reset_code);
  if (stream.ended) absl::StrAppend(&text, ", ended");
  return absl::StrCat(text, ", body: ", stream.body.substr(0, 200));
}

std::string ConnectionText(const RawClient& client) {
  return absl::StrCat(client.closed() ? "closed" : "open",
                      client.goaway() ? absl::StrCat(", GOAWAY ", client.goaway_code()) : "");
}

bool IsOneOf(uint32_t code, const std::vector<uint32_t>& codes) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

std::string CheckOutcome(const Http2Case& c, RawClient* client) {
  using Outcome = Http2Case::Outcome;
  switch (c.outcome) {
    case Outcome::kAnswered: {
      const ClientStream& stream = client->Await(1);
      if (stream.status != c.status || !absl::StrContains(stream.body, c.seen)) {
        return absl::StrCat("got ", StreamText(stream), "\n; connection ", ConnectionText(*client));
      }
      return "";
    }
    case Outcome::kStreamError: {
      const ClientStream& stream = client->Await(1);
      if (!stream.reset || stream.status != 0 || !IsOneOf(stream.reset_code, c.codes)) {
        return absl::StrCat("got ", StreamText(stream), "; connection ", ConnectionText(*client));
      }
      return "";
    }
    case Outcome::kConnectionError:
      client->ReadUntil([] { return false; });
      if (!client->closed() || !client->goaway() || !IsOneOf(client->goaway_code(), c.codes)) {
        return absl::StrCat("the connection is ", ConnectionText(*client));
      }
      return "";
    case Outcome::kIgnored:
      return "";
  }
  return "no such outcome";
}

}  // namespace

std::string CheckProbe(uint32_t stream, const Http2Target& target, RawClient* client) {
  client->StartRequest(stream, RequestFields("GET", "/probe") + target.more);
  const ClientStream& probe = client->Await(stream);
  if (probe.status == 200 && absl::StartsWith(probe.body, "GET /probe a\n")) return "";
  return absl::StrCat("the next request got ", StreamText(probe), "; connection ",
                      ConnectionText(*client));
}

std::string RunHttp2Case(const Http2Case& c, const Http2Target& target) {
  const int before = target.server->requests();
  RawClient client(target.connect());
  if (!c.raw && !client.Handshake()) return "no settings came";
  client.Send(c.frames);
  const std::string wrong = CheckOutcome(c, &client);
  if (!wrong.empty()) return wrong;
  const bool ended = c.outcome == Http2Case::Outcome::kConnectionError;
  if (!ended) {
    const std::string wrong_probe = CheckProbe(kProbeStream, target, &client);
    if (!wrong_probe.empty()) return wrong_probe;
    if (client.settings_acks() == 0) return "settings were not acknowledged";
    if (!c.pong.empty() && !std::count(client.pongs().begin(), client.pongs().end(), c.pong)) {
      return "a ping was not answered";
    }
  }
  const int seen = target.server->requests() - before - (ended ? 0 : 1);
  if (!c.reaches_server && seen != 0) return "the server has seen a request";
  return "";
}

}  // namespace gossamer::conformance
