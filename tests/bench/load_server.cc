// The server behind every contestant of the benchmark: answers at once and does nothing else.
//
//   8001  HTTP/1.1 with keep-alive: 128 bytes, and this pod's name in the header "pod"; ends the
//         connection where the client asks for that
//   8002  HTTP/2 in plain text: 128 bytes; to a request of type application/grpc one message of
//         1 KiB with trailers
//   8003  TCP: bytes without end, as soon as the client has sent one
//
// One thread, level-triggered epoll. Requests have no body on 8001.

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>

#include "tests/bench/h2_pump.h"
#include "tests/bench/load_ports.h"
#include "tests/bench/sockets.h"

namespace gossamer::bench {
namespace {

constexpr size_t kBulkBlock = 64 * 1024;

bool AsksToClose(const std::string& head) {
  return head.find("\r\nconnection: close") != std::string::npos ||
         head.find("\r\nConnection: close") != std::string::npos;
}

class Connection {
 public:
  virtual ~Connection() = default;
  // False where it is over.
  virtual bool OnReady(uint32_t events) = 0;
};

class Http1Connection : public Connection {
 public:
  Http1Connection(int fd, const std::string* response) : fd_(fd), response_(response) {}
  ~Http1Connection() override { close(fd_); }

  bool OnReady(uint32_t) override {
    char buffer[16 * 1024];
    const ssize_t size = recv(fd_, buffer, sizeof(buffer), 0);
    if (size <= 0) return size < 0 && errno == EAGAIN;
    pending_.append(buffer, static_cast<size_t>(size));
    std::string out;
    bool last = false;
    for (size_t end; (end = pending_.find("\r\n\r\n")) != std::string::npos;) {
      last = last || AsksToClose(pending_.substr(0, end));
      pending_.erase(0, end + 4);
      out += *response_;
    }
    // A client has one request under way: an answer always fits the socket's buffer.
    return out.empty() ||
           (send(fd_, out.data(), out.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(out.size()) &&
            !last);
  }

 private:
  const int fd_;
  const std::string* const response_;
  std::string pending_;
};

class BulkConnection : public Connection {
 public:
  explicit BulkConnection(int fd) : fd_(fd) {}
  ~BulkConnection() override { close(fd_); }

  bool OnReady(uint32_t events) override {
    static const std::string block(kBulkBlock, 'x');
    if ((events & EPOLLIN) != 0) {
      char buffer[64];
      const ssize_t size = recv(fd_, buffer, sizeof(buffer), 0);
      if (size == 0 || (size < 0 && errno != EAGAIN)) return false;
      asked_ = asked_ || size > 0;
    }
    if (!asked_) return true;
    return send(fd_, block.data(), block.size(), MSG_NOSIGNAL) > 0 || errno == EAGAIN;
  }

  bool asked() const { return asked_; }

 private:
  const int fd_;
  bool asked_ = false;
};

class Http2Connection : public Connection {
 public:
  explicit Http2Connection(int fd) : pump_(fd) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, OnHeader);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, OnFrame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, OnStreamClose);
    nghttp2_session* session = nullptr;
    nghttp2_session_server_new(&session, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    pump_.Begin(session);
    const nghttp2_settings_entry settings = {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 1000};
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, &settings, 1);
  }

  bool OnReady(uint32_t) override { return pump_.OnReady(); }

 private:
  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t*,
                      size_t name_size, const uint8_t* value, size_t value_size, uint8_t,
                      void* self) {
    // content-type: the only request header of this length that starts so.
    if (name_size == 12 && value_size >= 16 && memcmp(value, "application/grpc", 16) == 0) {
      static_cast<Http2Connection*>(self)->grpc_.insert(frame->hd.stream_id);
    }
    return 0;
  }

  static int OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 &&
        (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA)) {
      static_cast<Http2Connection*>(self)->Answer(frame->hd.stream_id);
    }
    return 0;
  }

  static int OnStreamClose(nghttp2_session*, int32_t stream, uint32_t, void* self) {
    static_cast<Http2Connection*>(self)->grpc_.erase(stream);
    return 0;
  }

  void Answer(int32_t stream) {
    static const Headers plain = {{":status", "200"}, {"content-length", "128"}};
    static const Headers grpc = {{":status", "200"}, {"content-type", "application/grpc"}};
    const bool is_grpc = grpc_.count(stream) != 0;
    const std::vector<nghttp2_nv> headers = NameValues(is_grpc ? grpc : plain);
    nghttp2_data_provider body = {};
    body.read_callback = is_grpc ? ReadGrpcBody : ReadPlainBody;
    nghttp2_submit_response(pump_.session(), stream, headers.data(), headers.size(), &body);
  }

  static ssize_t ReadPlainBody(nghttp2_session*, int32_t, uint8_t* buffer, size_t, uint32_t* flags,
                               nghttp2_data_source*, void*) {
    memset(buffer, 'x', kPlainBody);
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    return kPlainBody;
  }

  static ssize_t ReadGrpcBody(nghttp2_session* session, int32_t stream, uint8_t* buffer, size_t,
                              uint32_t* flags, nghttp2_data_source*, void*) {
    static const Headers trailers = {{"grpc-status", "0"}};
    WriteGrpcMessage(buffer);
    *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
    const std::vector<nghttp2_nv> fields = NameValues(trailers);
    nghttp2_submit_trailer(session, stream, fields.data(), fields.size());
    return kGrpcBody;
  }

  H2Pump pump_;
  std::set<int32_t> grpc_;  // Streams under way that are gRPC.
};

class Server {
 public:
  Server() {
    const char* host = getenv("HOSTNAME");
    response_ = std::string("HTTP/1.1 200 OK\r\npod: ") + (host != nullptr ? host : "") +
                "\r\ncontent-length: " + std::to_string(kPlainBody) + "\r\n\r\n" +
                std::string(kPlainBody, 'x');
  }

  bool Listen() {
    for (int port : {kHttp1Port, kHttp2Port, kBulkPort}) {
      const int fd = ListenAt(port);
      if (fd < 0) return false;
      listeners_[fd] = port;
      Watch(fd, EPOLLIN);
    }
    return true;
  }

  [[noreturn]] void Run() {
    epoll_event events[256];
    for (;;) {
      const int count = epoll_wait(epoll_, events, 256, -1);
      for (int i = 0; i < count; ++i) OnEvent(events[i].data.fd, events[i].events);
    }
  }

 private:
  void Watch(int fd, uint32_t events) {
    epoll_event event = {};
    event.events = events;
    event.data.fd = fd;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void OnEvent(int fd, uint32_t events) {
    if (const auto listener = listeners_.find(fd); listener != listeners_.end()) {
      return Accept(fd, listener->second);
    }
    const auto found = connections_.find(fd);
    if (found == connections_.end()) return;
    if (!found->second->OnReady(events)) {
      connections_.erase(found);
      return;
    }
    const auto* bulk = dynamic_cast<BulkConnection*>(found->second.get());
    if (bulk != nullptr && bulk->asked() && (events & EPOLLOUT) == 0) {
      epoll_event event = {};
      event.events = EPOLLIN | EPOLLOUT;
      event.data.fd = fd;
      epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event);
    }
  }

  void Accept(int listener, int port) {
    for (int fd; (fd = AcceptFrom(listener)) >= 0;) {
      if (port == kHttp1Port) connections_[fd] = std::make_unique<Http1Connection>(fd, &response_);
      if (port == kHttp2Port) connections_[fd] = std::make_unique<Http2Connection>(fd);
      if (port == kBulkPort) connections_[fd] = std::make_unique<BulkConnection>(fd);
      Watch(fd, EPOLLIN);
    }
  }

  const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::string response_;
  std::unordered_map<int, int> listeners_;  // Port by descriptor.
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;
};

}  // namespace
}  // namespace gossamer::bench

int main() {
  gossamer::bench::Server server;
  if (!server.Listen()) {
    perror("load_server: listen");
    return 1;
  }
  server.Run();
}
