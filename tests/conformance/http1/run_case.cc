#include "tests/conformance/http1/run_case.h"

#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "tests/conformance/http1/message_text.h"
#include "tests/conformance/http1/sockets.h"

namespace gossamer::conformance {
namespace {

constexpr int kTimeoutMs = 5000;

// The client's end of a connection through the proxy.
class Client {
 public:
  explicit Client(int fd) : fd_(fd) {}
  ~Client() { close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // A proxy may refuse before it has read all, so that some of it cannot be sent.
  void Send(absl::string_view bytes) { SendAll(fd_, bytes); }

  // The next response; what went wrong if there is none.
  std::string Response(absl::string_view method) {
    while (true) {
      if (const absl::optional<std::string> text = reader_.NextResponse(method)) return *text;
      if (reader_.eof()) return absl::StrCat("closed after: ", reader_.bytes());
      if (!ReceiveMore()) return absl::StrCat("no response in time, but: ", reader_.bytes());
    }
  }

  // Whether the proxy closes now, without another byte.
  bool IsClosed() {
    while (!reader_.eof()) {
      if (!ReceiveMore()) return false;
    }
    return reader_.bytes().empty();
  }

  // Whether exactly `bytes` come next.
  bool Gets(absl::string_view bytes) {
    while (reader_.bytes().size() < bytes.size() && !reader_.eof()) {
      if (!ReceiveMore()) return false;
    }
    return reader_.bytes() == bytes;
  }

 private:
  // False if nothing comes in time.
  bool ReceiveMore() {
    std::string bytes;
    const int result = Receive(fd_, kTimeoutMs, &bytes);
    if (result == 0) reader_.SetEof();
    reader_.Add(bytes);
    return result >= 0;
  }

  const int fd_;
  MessageReader reader_;
};

bool IsInterim(absl::string_view response) {
  return absl::StartsWith(response, "1") && !absl::StartsWith(response, "1.0 ") &&
         !absl::StartsWith(response, "101");
}

// All messages that answer the client.
std::vector<std::string> WholeAnswer(const Http1Case& test_case, absl::string_view method,
                                     Client* client) {
  std::vector<std::string> all;
  for (int finals = 0; finals < test_case.answers;) {
    const std::string response = client->Response(method);
    all.push_back(response);
    if (!IsInterim(response)) {
      ++finals;
    } else if (!test_case.request_rest.empty()) {
      client->Send(test_case.request_rest);
    }
  }
  return all;
}

bool SaysClose(absl::string_view response) {
  return absl::StrContains(response, "\nconnection: close\n");
}

std::string CheckTunnel(Client* client) {
  constexpr absl::string_view kBytes("\0\r\n\r\nGET / HTTP/1.1\r\n\xff", 22);
  client->Send(kBytes);
  return client->Gets(kBytes) ? "" : "the tunnel does not give back what is sent\n";
}

std::string CheckProbe(Client* client) {
  client->Send(absl::StrCat("GET ", ScriptedServer::kProbePath, " HTTP/1.1\r\nHost: a\r\n\r\n"));
  const std::string response = client->Response("GET");
  if (absl::EndsWith(response, ScriptedServer::kProbeBody)) return "";
  return absl::StrCat("the next request on the connection got:\n", response, "\n");
}

// The case as it is on this path.
Http1Case OnPath(Http1Case test_case, const Path& path) {
  if (path.pair) {
    const Http1Case::ThroughPair& pair = test_case.pair;
    if (pair.at_server) test_case.at_server = *pair.at_server;
  }
  test_case.at_server = absl::StrReplaceAll(test_case.at_server, {{"{authority}", path.authority}});
  return test_case;
}

std::string Compare(absl::string_view what, absl::string_view got, absl::string_view want) {
  if (got == want) return "";
  return absl::StrCat(what, " got:\n", got, "\nwant:\n", want, "\n");
}

std::string CheckAnswer(const Http1Case& test_case, const std::vector<std::string>& answer) {
  const std::string& last = answer.back();
  if (test_case.cut_off) {
    const bool cut_off =
        absl::StartsWith(last, "closed after") || absl::StartsWith(last, "malformed: truncated");
    if (absl::StartsWith(last, "502\n")) return "";
    return cut_off ? "" : absl::StrCat("client got a whole response:\n", last, "\n");
  }
  // A status alone stands for any message with it: a proxy words its own refusals.
  if (!absl::StrContains(test_case.at_client, "\n")) {
    return Compare("client", last.substr(0, last.find('\n')), test_case.at_client);
  }
  return Compare("client", absl::StrJoin(answer, ""), test_case.at_client);
}

std::string CheckServer(const Http1Case& test_case, std::vector<std::string> requests) {
  if (test_case.repeatable && requests.size() == 2 && requests[0] == requests[1]) {
    requests.pop_back();
  }
  return Compare("server", absl::StrJoin(requests, "\nand:\n"), test_case.at_server);
}

}  // namespace

std::string RunCase(const Http1Case& any_case, const Path& path, ScriptedServer* server) {
  const Http1Case test_case = OnPath(any_case, path);
  server->Play(&test_case);
  Client client(path.connect());
  if (test_case.second) {
    const std::string wrong = CheckProbe(&client);
    if (!wrong.empty()) return wrong;
  }
  client.Send(test_case.request);
  const absl::string_view method =
      absl::string_view(test_case.request).substr(0, test_case.request.find(' '));
  const std::vector<std::string> answer = WholeAnswer(test_case, method, &client);
  std::string wrong = CheckAnswer(test_case, answer);
  absl::StrAppend(&wrong, CheckServer(test_case, server->Requests()));
  if (test_case.tunnel) {
    absl::StrAppend(&wrong, CheckTunnel(&client));
  } else if (test_case.cut_off) {
    // Read to its end already.
  } else if (test_case.closes || (test_case.may_close && SaysClose(answer.back()))) {
    if (!client.IsClosed()) absl::StrAppend(&wrong, "the connection stays open\n");
  } else {
    absl::StrAppend(&wrong, CheckProbe(&client));
  }
  server->Play(nullptr);
  return wrong;
}

}  // namespace gossamer::conformance
