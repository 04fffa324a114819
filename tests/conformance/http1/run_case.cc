#include "tests/conformance/http1/run_case.h"

#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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
  return absl::StartsWith(response, "1") && !absl::StartsWith(response, "101");
}

// All messages that answer one request.
std::string WholeAnswer(absl::string_view method, Client* client) {
  std::string all;
  std::string response;
  do {
    response = client->Response(method);
    absl::StrAppend(&all, response);
  } while (IsInterim(response));
  return all;
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

std::string Compare(absl::string_view what, absl::string_view got, absl::string_view want) {
  if (got == want) return "";
  return absl::StrCat(what, " got:\n", got, "\nwant:\n", want, "\n");
}

}  // namespace

std::string RunCase(const Http1Case& test_case, const ConnectThroughProxy& connect,
                    ScriptedServer* server) {
  server->Play(&test_case);
  Client client(connect());
  client.Send(test_case.request);
  const absl::string_view method =
      absl::string_view(test_case.request).substr(0, test_case.request.find(' '));
  std::string at_client = WholeAnswer(method, &client);
  // A status alone stands for any message with it: a proxy words its own refusals.
  if (!absl::StrContains(test_case.at_client, "\n")) {
    at_client = at_client.substr(0, at_client.find('\n'));
  }

  std::string wrong = Compare("client", at_client, test_case.at_client);
  absl::StrAppend(&wrong, Compare("server", absl::StrJoin(server->Requests(), "\nand:\n"),
                                  test_case.at_server));
  if (test_case.tunnel) {
    absl::StrAppend(&wrong, CheckTunnel(&client));
  } else if (test_case.closes) {
    if (!client.IsClosed()) absl::StrAppend(&wrong, "the connection stays open\n");
  } else {
    absl::StrAppend(&wrong, CheckProbe(&client));
  }
  server->Play(nullptr);
  return wrong;
}

}  // namespace gossamer::conformance
