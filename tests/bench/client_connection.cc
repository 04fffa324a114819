#include "tests/bench/client_connection.h"

#include <errno.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <string_view>

#include "tests/bench/load_ports.h"

namespace gossamer::bench {
namespace {

using Outcome = Connection::Outcome;

Outcome AfterEmptyRead(ssize_t size) {
  return size < 0 && errno == EAGAIN ? Outcome::kGoesOn : Outcome::kBroken;
}

ssize_t ReadGrpcBody(nghttp2_session*, int32_t, uint8_t* buffer, size_t, uint32_t* flags,
                     nghttp2_data_source*, void*) {
  WriteGrpcMessage(buffer);
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  return kGrpcBody;
}

}  // namespace

int64_t NowNs() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

void Tally::Answered(bool ok, int64_t begun_ns) {
  ++(ok ? requests : errors);
  if (ok && keep_latency) latency_us.push_back(static_cast<float>(NowNs() - begun_ns) / 1000);
}

Http1Connection::~Http1Connection() { close(fd_); }

bool Http1Connection::Send(int64_t begun_ns) {
  idle_ = false;
  begun_ns_ = begun_ns;
  return send(fd_, request_->data(), request_->size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(request_->size());
}

Outcome Http1Connection::OnReadable() {
  char buffer[16 * 1024];
  const ssize_t size = recv(fd_, buffer, sizeof(buffer), 0);
  if (size <= 0) return answered_ && size == 0 ? Outcome::kOver : AfterEmptyRead(size);
  answer_.append(buffer, static_cast<size_t>(size));
  const size_t head = answer_.find("\r\n\r\n");
  // The server's answers all have this length; another's may have any, and count as errors.
  const bool ok = answer_.compare(0, 12, "HTTP/1.1 200") == 0;
  if (head == std::string::npos || (ok && answer_.size() < head + 4 + kPlainBody)) {
    return Outcome::kGoesOn;
  }
  return OnAnswer(ok);
}

Outcome Http1Connection::OnAnswer(bool ok) {
  tally_->Answered(ok, begun_ns_);
  tally_->bytes += static_cast<int64_t>(answer_.size());
  if (!ok && tally_->first_error.empty()) tally_->first_error = answer_;
  answer_.clear();
  idle_ = true;
  answered_ = use_ == Use::kOnce;
  if (!ok) return Outcome::kBroken;
  if (use_ == Use::kOnce) return Outcome::kAnswered;
  return Start() ? Outcome::kGoesOn : Outcome::kBroken;
}

BulkConnection::~BulkConnection() { close(fd_); }

bool BulkConnection::Start() { return send(fd_, "x", 1, MSG_NOSIGNAL) == 1; }

Outcome BulkConnection::OnReadable() {
  static char buffer[256 * 1024];
  const ssize_t size = recv(fd_, buffer, sizeof(buffer), 0);
  if (size <= 0) return AfterEmptyRead(size);
  tally_->bytes += size;
  return Outcome::kGoesOn;
}

Http2Connection::Http2Connection(int fd, const Options& options, Tally* tally)
    : pump_(fd), options_(options), tally_(tally) {
  request_ = {{":method", options.grpc ? "POST" : "GET"},
              {":scheme", "http"},
              {":authority", options.authority},
              {":path", options.grpc ? "/bench.Echo/Unary" : "/"}};
  if (options.grpc) {
    request_.push_back({"content-type", "application/grpc"});
    request_.push_back({"te", "trailers"});
  }
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, OnHeader);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, OnData);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, OnStreamClose);
  nghttp2_session* session = nullptr;
  nghttp2_session_client_new(&session, callbacks, this);
  nghttp2_session_callbacks_del(callbacks);
  pump_.Begin(session);
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, nullptr, 0);
}

bool Http2Connection::Start() {
  for (int i = 0; i < options_.streams; ++i) SubmitRequest();
  return pump_.Flush();
}

int Http2Connection::OnHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                              size_t name_size, const uint8_t* value, size_t value_size, uint8_t,
                              void* self) {
  const std::string_view field(reinterpret_cast<const char*>(name), name_size);
  const std::string_view text(reinterpret_cast<const char*>(value), value_size);
  Request& request = static_cast<Http2Connection*>(self)->requests_[frame->hd.stream_id];
  if (field == ":status") request.ok = text == "200";
  if (field == "grpc-status" && text != "0") request.ok = false;
  return 0;
}

int Http2Connection::OnData(nghttp2_session*, uint8_t, int32_t stream, const uint8_t*, size_t size,
                            void* self) {
  static_cast<Http2Connection*>(self)->requests_[stream].body += size;
  return 0;
}

int Http2Connection::OnStreamClose(nghttp2_session*, int32_t stream, uint32_t, void* self) {
  Http2Connection& connection = *static_cast<Http2Connection*>(self);
  const Request request = connection.requests_[stream];
  connection.requests_.erase(stream);
  const size_t wanted = connection.options_.grpc ? kGrpcBody : kPlainBody;
  connection.tally_->Answered(request.ok && request.body == wanted, request.begun_ns);
  connection.tally_->bytes += static_cast<int64_t>(request.body);
  connection.SubmitRequest();
  return 0;
}

void Http2Connection::SubmitRequest() {
  const std::vector<nghttp2_nv> headers = NameValues(request_);
  nghttp2_data_provider body = {};
  body.read_callback = ReadGrpcBody;
  const int32_t stream =
      nghttp2_submit_request(pump_.session(), nullptr, headers.data(), headers.size(),
                             options_.grpc ? &body : nullptr, nullptr);
  if (stream > 0) requests_[stream].begun_ns = NowNs();
}

}  // namespace gossamer::bench
