#include "tests/soak/traffic.h"

#include <memory>
#include <random>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/fault/http1_text.h"
#include "tests/fault/http2_session.h"
#include "tests/fault/tcp.h"
#include "tests/soak/service.h"

namespace gossamer::soak {
namespace {

using fault_test::Http2Session;
using fault_test::ParseReply;
using fault_test::Reply;
using fault_test::Tcp;

// Between two pieces of work of one thread: the machine has other things to do.
constexpr absl::Duration kPause = absl::Milliseconds(5);
constexpr size_t kSmall = 200;
constexpr size_t kLarge = 300'000;  // Beyond every window on the way.

std::string Request(const std::string& id, size_t size, const std::string& more = "") {
  return absl::StrCat("GET /", id, "/", size, " HTTP/1.1\r\nHost: server\r\n", more, "\r\n");
}

// The next response on a connection.
Reply NextReply(Tcp* connection) {
  std::string text;
  Reply reply;
  do {
    const std::string more = connection->ReadSome();
    if (more.empty()) return ParseReply(text, true);
    text += more;
    reply = ParseReply(text, false);
  } while (!reply.complete);
  return reply;
}

// What is wrong with a response; empty if nothing is.
std::string FaultIn(const Reply& reply, const std::string& id, size_t size) {
  if (!reply.complete) return absl::StrCat("incomplete: ", reply.text.substr(0, 200));
  if (reply.status != 200) return reply.text.substr(0, 200);
  if (reply.id != id) return absl::StrCat("the answer to ", reply.id, " instead of ", id);
  return reply.body == SizedBody(id, size) ? "" : "a body that is not the question's";
}

// An HTTP/2 client's end of a connection.
class Http2Client {
 public:
  explicit Http2Client(const std::string& ip) : tcp_(Tcp::Connect(ip, kHttpPort)) {}
  Http2Session& session() { return session_; }
  Tcp& tcp() { return *tcp_; }
  bool Flush() { return tcp_->Send(session_.Take()); }
  // Until all streams have ended; false where the connection ends before.
  bool AwaitAll() {
    const auto over = [&] {
      for (const auto& [stream, message] : session_.messages) {
        if (stream != 0 && !message.closed.has_value()) return false;
      }
      return true;
    };
    if (!Flush()) return false;
    while (!over()) {
      const std::string bytes = tcp_->ReadSome();
      if (bytes.empty() || !session_.Feed(bytes) || !Flush()) return false;
    }
    return true;
  }

 private:
  std::unique_ptr<Tcp> tcp_;
  Http2Session session_{Http2Session::Role::kClient};
};

}  // namespace

Traffic::Traffic(harness::Pod* client, const std::string& service_ip)
    : client_(client), ip_(service_ip) {
  const std::vector<std::pair<std::string, Work>> kinds = {
      {"keep-alive", &Traffic::KeepAlive}, {"keep-alive", &Traffic::KeepAlive},
      {"close", &Traffic::Close},          {"http2", &Traffic::Http2},
      {"http2", &Traffic::Http2},          {"large", &Traffic::LargeBodies},
      {"upgrade", &Traffic::Upgrade},      {"opaque", &Traffic::Opaque},
      {"aborted", &Traffic::Aborted},
  };
  for (const auto& [kind, work] : kinds) {
    threads_.emplace_back([this, kind = kind, work = work] {
      client_->net().Run([this, kind, work] { Run(kind, work); });
    });
  }
}

void Traffic::Stop() {
  stop_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Traffic::Run(const std::string& kind, Work work) {
  while (!stop_) {
    const int done = (this->*work)();
    {
      absl::MutexLock lock(&mutex_);
      if (done > 0) {
        counts_[kind].ok += done;
      } else {
        ++counts_[kind].failed;
      }
    }
    absl::SleepFor(kPause);
  }
}

void Traffic::Failed(const std::string& why) {
  absl::MutexLock lock(&mutex_);
  if (first_failure_.empty()) first_failure_ = why;
}

std::map<std::string, Traffic::Count> Traffic::Counts() {
  absl::MutexLock lock(&mutex_);
  return counts_;
}

std::string Traffic::first_failure() {
  absl::MutexLock lock(&mutex_);
  return first_failure_;
}

int Traffic::KeepAlive() {
  constexpr int kRequests = 50;
  const auto connection = Tcp::Connect(ip_, kHttpPort);
  for (int i = 0; i < kRequests; ++i) {
    const std::string id = NextId();
    connection->Send(Request(id, kSmall));
    const std::string fault = FaultIn(NextReply(connection.get()), id, kSmall);
    if (!fault.empty()) return Failed(absl::StrCat("keep-alive: ", fault)), 0;
    absl::SleepFor(absl::Milliseconds(1));
  }
  return kRequests;
}

int Traffic::Close() {
  const auto connection = Tcp::Connect(ip_, kHttpPort);
  const std::string id = NextId();
  connection->Send(Request(id, kSmall, "Connection: close\r\n"));
  const std::string fault = FaultIn(ParseReply(connection->ReadAll(), true), id, kSmall);
  if (!fault.empty()) return Failed(absl::StrCat("close: ", fault)), 0;
  return 1;
}

int Traffic::Http2() {
  constexpr int kRounds = 10;
  constexpr int kStreams = 8;
  Http2Client client(ip_);
  for (int round = 0; round < kRounds; ++round) {
    std::map<int32_t, std::string> ids;
    for (int i = 0; i < kStreams; ++i) {
      const std::string id = NextId();
      const int32_t stream = client.session().Request(absl::StrCat("/", id, "/", kSmall),
                                                      i % 2 == 0 ? "" : SizedBody(id, kSmall));
      ids[stream] = id;
      client.session().messages[stream];
    }
    if (!client.AwaitAll()) return Failed("http2: the connection ended"), 0;
    for (const auto& [stream, id] : ids) {
      auto& message = client.session().messages[stream];
      if (message.fields[":status"] != "200" || message.fields["x-id"] != id ||
          message.fields["x-trailer"] != id || message.body != SizedBody(id, kSmall)) {
        return Failed(absl::StrCat("http2: status ", message.fields[":status"], " ",
                                   message.fields["l5d-proxy-error"], ", reset ",
                                   message.closed.value_or(0))),
               0;
      }
    }
    client.session().messages.clear();
    absl::SleepFor(absl::Milliseconds(2));
  }
  return kRounds * kStreams;
}

int Traffic::LargeBodies() {
  const auto connection = Tcp::Connect(ip_, kHttpPort);
  const std::string id = NextId();
  connection->Send(absl::StrCat("POST /", id, "/", kLarge,
                                " HTTP/1.1\r\nHost: server\r\nContent-Length: ", kLarge, "\r\n\r\n",
                                SizedBody(id, kLarge)));
  const std::string fault = FaultIn(NextReply(connection.get()), id, kLarge);
  if (!fault.empty()) return Failed(absl::StrCat("large: ", fault)), 0;
  return 1;
}

int Traffic::Upgrade() {
  const auto connection = Tcp::Connect(ip_, kHttpPort);
  const std::string id = NextId();
  connection->Send(Request(id, 0, "Upgrade: echo\r\nConnection: Upgrade\r\n"));
  const std::string head = connection->ReadUntil("\r\n\r\n");
  if (!absl::StartsWith(head, "HTTP/1.1 101")) {
    return Failed(absl::StrCat("upgrade: ", head.substr(0, 200))), 0;
  }
  for (int i = 0; i < 10; ++i) {
    connection->Send(id);
    if (connection->Read(id.size()) != id) return Failed("upgrade: no echo"), 0;
  }
  connection->Fin();
  connection->AwaitEnd();
  return 1;
}

int Traffic::Opaque() {
  const auto connection = Tcp::Connect(ip_, kOpaquePort);
  const std::string body = SizedBody(NextId(), kLarge);
  connection->Send(body);
  connection->Fin();
  if (connection->ReadAll() != body) return Failed("opaque: not what was sent"), 0;
  return 1;
}

// Ends in the middle of something; what becomes of it is nobody's failure.
int Traffic::Aborted() {
  thread_local std::mt19937 random(17);
  const std::string id = NextId();
  switch (random() % 4) {
    case 0: {
      const auto connection = Tcp::Connect(ip_, kHttpPort);
      const std::string request = Request(id, kLarge);
      connection->Send(request.substr(0, random() % request.size()));
      if (random() % 2 == 0) connection->Reset();
      break;
    }
    case 1: {
      const auto connection = Tcp::Connect(ip_, kHttpPort);
      connection->Send(Request(id, kLarge));
      connection->Read(random() % kLarge);
      if (random() % 2 == 0) connection->Reset();
      break;
    }
    case 2: {
      Http2Client client(ip_);
      const int32_t first = client.session().Request(absl::StrCat("/", id, "/", kLarge), "");
      client.session().Request(absl::StrCat("/", id, "/", kLarge), "");
      client.Flush();
      client.session().Feed(client.tcp().ReadSome());
      client.session().Reset(first, 8);
      client.Flush();
      if (random() % 2 == 0) client.tcp().Reset();
      break;
    }
    default: {
      const auto connection = Tcp::Connect(ip_, kOpaquePort);
      connection->Send(SizedBody(id, random() % kLarge));
      connection->Reset();
    }
  }
  return 1;
}

}  // namespace gossamer::soak
