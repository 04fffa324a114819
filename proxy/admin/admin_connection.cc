#include "proxy/admin/admin_connection.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/http/http1/server_connection.h"
#include "lib/http/http2/connection.h"
#include "proxy/transport/sniff.h"

namespace gossamer::proxy {
namespace {

// Collects a request's small body, answers, and ends with its stream.
class AdminRequest final : private http::StreamHandler {
 public:
  AdminRequest(event::Loop* loop, const Admin* admin, http::ServerStream* stream,
               bool from_loopback)
      : loop_(loop), admin_(admin), stream_(stream), from_loopback_(from_loopback) {
    stream->set_handler(this);
    if (stream->request()->body == http::BodyKind::kNone) Answer();
  }
  ~AdminRequest() = default;

 private:
  static constexpr size_t kMaxBodyBytes = 16 * 1024;

  void OnData(absl::string_view data) override {
    stream_->Consume(data.size());
    too_large_ = too_large_ || body_.size() + data.size() > kMaxBodyBytes;
    if (!too_large_) body_.append(data.data(), data.size());
  }
  void OnEnd(http::Headers*) override { Answer(); }
  void OnSendReady() override {}
  void OnReset(const http::Reset&) override { End(); }
  void OnDone() override { End(); }

  void Answer() {
    const http::RequestHead& request = *stream_->request();
    // Half a filter must not take the place of the whole one.
    if (too_large_) return Send({413, "the body is too large\n"});
    const absl::string_view target = request.path;
    const size_t path_end = std::min(target.find('?'), target.size());
    Admin::Request question;
    question.method = request.method;
    question.path = target.substr(0, path_end);
    if (path_end < target.size()) question.query = target.substr(path_end + 1);
    question.body = body_;
    question.from_loopback = from_loopback_;
    // The client may be gone by the time of the answer, and this with it.
    admin_->Handle(question, [self = self_](const Admin::Response& response) {
      if (*self != nullptr) (*self)->Send(response);
    });
  }

  void Send(const Admin::Response& response) {
    http::ResponseHead head;
    head.status = response.status;
    const bool bodyless = response.status == 204 || stream_->request()->method == "HEAD";
    if (response.status != 204) {
      head.headers.Add("content-type", response.content_type);
      head.headers.Add("content-length", head.arena.Copy(absl::StrCat(response.body.size())));
      head.content_length = response.body.size();
    }
    if (response.allow != nullptr) head.headers.Add("allow", response.allow);
    if (!bodyless && !response.body.empty()) head.body = http::BodyKind::kContentLength;
    const bool has_body = head.body != http::BodyKind::kNone;
    stream_->SendResponse(head, /*close_connection=*/false);
    if (!has_body) return;
    stream_->SendData(response.body);
    stream_->SendEnd(nullptr);
  }

  void End() {
    *self_ = nullptr;
    loop_->DeleteLater(this);
  }

  event::Loop* const loop_;
  const Admin* const admin_;
  http::ServerStream* const stream_;
  const bool from_loopback_;
  std::string body_;
  // Null once the stream has ended.
  const std::shared_ptr<AdminRequest*> self_ = std::make_shared<AdminRequest*>(this);
  bool too_large_ = false;
};

}  // namespace

void AdminConnection::Start(Admin* admin, std::unique_ptr<net::TcpStream> tcp,
                            const net::SocketAddress& client) {
  auto* connection = new AdminConnection(admin, std::move(tcp), client);
  connection->SniffForTls();
}

AdminConnection::AdminConnection(Admin* admin, std::unique_ptr<net::TcpStream> tcp,
                                 const net::SocketAddress& client)
    : admin_(admin),
      tcp_(std::move(tcp)),
      from_loopback_(client.ip().IsLoopback()),
      deadline_(admin->loop_, [this] { Close(); }) {
  admin_->connections_.insert(this);
  tcp_->SetHandler(this);
  deadline_.Arm(kDetectTimeout);
}

AdminConnection::~AdminConnection() {
  if (admin_ == nullptr) return;
  admin_->connections_.erase(this);
  // The descriptor may have been the spare one: it is kept again before anybody else takes it.
  http_.reset();
  stream_.reset();
  handshake_.reset();
  tcp_.reset();
  admin_->acceptor_->KeepSpare();
}

void AdminConnection::OnIo(event::IoEvents events) {
  if (http_ != nullptr || !events.readable) return;
  if (stream_ == nullptr) return SniffForTls();
  SniffForHttp();
}

void AdminConnection::SniffForTls() {
  char buffer[kMaxClientHelloBytes];
  const net::IoResult result = tcp_->Peek(buffer, sizeof(buffer));
  if (result.status == net::IoStatus::kBlocked) return;
  if (result.status != net::IoStatus::kOk) return Close();
  std::string server_name;
  const TlsSniff verdict = SniffTls(absl::string_view(buffer, result.bytes), &server_name);
  if (verdict == TlsSniff::kIncomplete && result.bytes < sizeof(buffer)) return;
  const bool for_us =
      verdict == TlsSniff::kClientHello && server_name == admin_->hooks_.server_name;
  std::shared_ptr<const tls::Context> context = for_us ? admin_->hooks_.tls() : nullptr;
  if (context == nullptr) {
    stream_ = std::move(tcp_);
    return SniffForHttp();
  }
  auto tls =
      tls::TlsStream::Create(admin_->loop_, std::move(tcp_), std::move(context), {},
                             [this](absl::Status status) { OnHandshake(std::move(status)); });
  if (!tls.ok()) return Close();
  handshake_ = *std::move(tls);
}

void AdminConnection::OnHandshake(absl::Status status) {
  if (!status.ok()) return Close();
  stream_ = std::move(handshake_);
  stream_->SetHandler(this);
  SniffForHttp();
}

void AdminConnection::SniffForHttp() {
  while (true) {
    switch (SniffHttp(sniffed_)) {
      case HttpSniff::kHttp2:
        return Serve(/*http2=*/true);
      case HttpSniff::kHttp1:
      case HttpSniff::kNotHttp:
        return Serve(/*http2=*/false);
      case HttpSniff::kIncomplete:
        break;
    }
    char buffer[2048];
    const net::IoResult result = stream_->Read(buffer, sizeof(buffer));
    if (result.status == net::IoStatus::kBlocked) return;
    if (result.status != net::IoStatus::kOk) return Close();
    sniffed_.append(buffer, result.bytes);
  }
}

void AdminConnection::Serve(bool http2) {
  deadline_.Cancel();
  http::ServerHandler* self = this;
  if (http2) {
    auto connection = http2::ServerConnection::Create(admin_->loop_, std::move(stream_), {}, self);
    if (!connection.ok()) return Close();
    http_ = *std::move(connection);
  } else {
    http1::ServerOptions options;
    options.head_timeout = absl::Seconds(10);
    options.idle_timeout = absl::Minutes(5);
    http_ =
        std::make_unique<http1::ServerConnection>(admin_->loop_, std::move(stream_), options, self);
  }
  http_->Start(std::exchange(sniffed_, std::string()));
}

void AdminConnection::OnRequest(http::ServerStream* stream) {
  new AdminRequest(admin_->loop_, admin_, stream, from_loopback_);
}

void AdminConnection::OnServerEnd() {
  Close();
  admin_ = nullptr;
}

void AdminConnection::Close() {
  if (std::exchange(closed_, true)) return;
  deadline_.Cancel();
  if (tcp_ != nullptr) tcp_->SetHandler(nullptr);
  if (stream_ != nullptr) stream_->SetHandler(nullptr);
  admin_->loop_->DeleteLater(this);
}

}  // namespace gossamer::proxy
