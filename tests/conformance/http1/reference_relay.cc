#include "tests/conformance/http1/reference_relay.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/http/http1/body_decoder.h"
#include "lib/http/http1/head_parser.h"
#include "lib/http/http1/serializer.h"
#include "tests/conformance/http1/sockets.h"

namespace gossamer::conformance {
namespace {

using http1::BodyDecoder;
using http1::BodyFraming;
using http1::BodyResult;
using http1::ConnectionOption;
using http1::HeadError;
using http1::HeadScanner;
using http1::ParseResult;

constexpr int kTimeoutMs = 5000;

// One side of a connection with what was read from it and not used.
struct Side {
  explicit Side(int fd) : fd(fd) {}
  ~Side() { close(fd); }
  Side(const Side&) = delete;
  Side& operator=(const Side&) = delete;

  bool ReadMore() {
    std::string more;
    if (Receive(fd, kTimeoutMs, &more) <= 0) return false;
    bytes += more;
    return true;
  }

  const int fd;
  std::string bytes;
};

// The whole body, framed anew as `chunked` says; false if it never ends well.
template <typename Head>
bool TakeBody(const Head& head, Side* side, std::string* body, BodyDecoder* decoder) {
  decoder->Start(head.body, head.content_length);
  while (true) {
    size_t consumed = 0;
    absl::string_view data;
    const BodyResult result = decoder->Decode(side->bytes, &consumed, &data);
    if (result == BodyResult::kData) body->append(data.data(), data.size());
    side->bytes.erase(0, consumed);
    if (result == BodyResult::kDone) return true;
    if (result == BodyResult::kError) return false;
    if (result == BodyResult::kNeedMore && !side->ReadMore()) {
      return decoder->OnEof() == BodyResult::kDone;
    }
  }
}

bool AppendBody(absl::string_view body, bool chunked, const BodyDecoder& decoder,
                std::string* out) {
  if (!chunked) {
    absl::StrAppend(out, body);
    return true;
  }
  if (!body.empty()) {
    char size[http1::kChunkHeadBytesMax];
    absl::StrAppend(out, absl::string_view(size, http1::WriteChunkHead(body.size(), size)), body,
                    http1::kChunkEnd);
  }
  const http::Headers none;
  return http1::AppendLastChunk(decoder.trailers() == nullptr ? none : decoder.trailers()->headers,
                                out);
}

// Serves one client to its end.
class Exchange {
 public:
  Exchange(int client_fd, uint16_t server_port) : client_(client_fd), server_port_(server_port) {}

  void Run() {
    while (ServeOne()) {
    }
    // What the client still sends must be read, or the reset would overtake our last bytes.
    shutdown(client_.fd, SHUT_WR);
    while (client_.ReadMore()) client_.bytes.clear();
  }

 private:
  bool Refuse(int status) {
    SendAll(client_.fd, absl::StrCat("HTTP/1.1 ", status,
                                     " \r\ncontent-length: 0\r\nconnection: close\r\n\r\n"));
    return false;
  }

  // False where the client's connection is at its end.
  bool ServeOne() {
    http::RequestHead head;
    HeadScanner scanner;
    size_t consumed = 0;
    HeadError error = HeadError::kNone;
    ParseResult result;
    while ((result = http1::ParseRequestHead(client_.bytes, &head, &consumed, &error, &scanner)) ==
           ParseResult::kIncomplete) {
      if (!client_.ReadMore()) return false;
    }
    if (result == ParseResult::kError) return Refuse(http1::SuggestedStatus(error));
    client_.bytes.erase(0, consumed);
    std::string body;
    BodyDecoder decoder;
    if (!TakeBody(head, &client_, &body, &decoder)) return Refuse(400);

    http1::StripHopByHop(&head.headers, head.upgrade);
    std::string out;
    if (!http1::AppendRequestHead(head, ConnectionOption::kNone, &out)) return Refuse(400);
    if (!AppendBody(body, head.body == http::BodyKind::kChunked, decoder, &out)) return Refuse(400);
    Side server(Connect(server_port_));
    SendAll(server.fd, out);
    return PassResponses(head, &server);
  }

  bool PassResponses(const http::RequestHead& request, Side* server) {
    while (true) {
      http::ResponseHead head;
      size_t consumed = 0;
      HeadError error = HeadError::kNone;
      ParseResult result;
      while ((result = http1::ParseResponseHead(server->bytes, request.method, &head, &consumed,
                                                &error)) == ParseResult::kIncomplete) {
        if (!server->ReadMore()) return Refuse(502);
      }
      if (result == ParseResult::kError) return Refuse(502);
      server->bytes.erase(0, consumed);
      if (head.upgrade && !request.upgrade && !request.is_connect()) return Refuse(502);
      if (!PassResponse(request, &head, server)) return false;
      if (!head.informational()) return request.keep_alive;
    }
  }

  bool PassResponse(const http::RequestHead& request, http::ResponseHead* head, Side* server) {
    std::string body;
    BodyDecoder decoder;
    if (!TakeBody(*head, server, &body, &decoder)) return Refuse(502);
    http1::StripHopByHop(&head->headers, head->upgrade);
    http1::ResponseContext context;
    context.peer_version = request.version;
    context.head_request = request.method == "HEAD";
    context.tunnel = head->upgrade;
    const bool http10 = request.version == http::Version::kHttp10;
    if (head->informational() && http10) return true;  // RFC 9110 section 15.2.
    if (!request.keep_alive) {
      context.connection = ConnectionOption::kClose;
    } else if (http10) {
      context.connection = ConnectionOption::kKeepAlive;
    }
    BodyFraming framing = BodyFraming::kIdentity;
    std::string out;
    if (!http1::AppendResponseHead(*head, context, &out, &framing)) return Refuse(502);
    if (!AppendBody(body, framing == BodyFraming::kChunked, decoder, &out)) return Refuse(502);
    SendAll(client_.fd, out);
    if (head->upgrade) return Tunnel(server);
    return framing != BodyFraming::kUntilClose;
  }

  bool Tunnel(Side* server) {
    while (true) {
      SendAll(server->fd, client_.bytes);
      SendAll(client_.fd, server->bytes);
      client_.bytes.clear();
      server->bytes.clear();
      pollfd fds[] = {{client_.fd, POLLIN, 0}, {server->fd, POLLIN, 0}};
      if (poll(fds, 2, kTimeoutMs) <= 0) return false;
      if (fds[0].revents != 0 && !client_.ReadMore()) return false;
      if (fds[1].revents != 0 && !server->ReadMore()) return false;
    }
  }

  Side client_;
  const uint16_t server_port_;
};

}  // namespace

ReferenceRelay::ReferenceRelay(uint16_t server_port)
    : server_port_(server_port), listener_(Listen(&port_)), thread_([this] { Run(); }) {}

ReferenceRelay::~ReferenceRelay() {
  stopping_ = true;
  close(Connect(port_));
  thread_.join();
  for (std::thread& client : clients_) client.join();
  close(listener_);
}

void ReferenceRelay::Run() {
  while (true) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (stopping_) {
      close(fd);
      return;
    }
    if (fd < 0) continue;
    clients_.emplace_back([fd, port = server_port_] { Exchange(fd, port).Run(); });
  }
}

}  // namespace gossamer::conformance
