#ifndef PROXY_TRANSPORT_METERED_STREAM_H_
#define PROXY_TRANSPORT_METERED_STREAM_H_

#include <memory>
#include <utility>

#include "lib/metrics/scope_map.h"
#include "lib/net/byte_stream.h"
#include "proxy/metrics/tcp_scope.h"

namespace gossamer::proxy {

// Counts a connection and its bytes, as the application sees them: TLS is below.
class MeteredStream final : public net::ByteStream {
 public:
  MeteredStream(std::unique_ptr<net::ByteStream> inner, metrics::ScopeMap<TcpScope>::Ref scope)
      : inner_(std::move(inner)), scope_(std::move(scope)) {
    scope_->OnOpen();
  }
  ~MeteredStream() override { scope_->OnClose(error_); }

  void SetHandler(event::IoHandler* handler) override { inner_->SetHandler(handler); }
  net::IoResult Read(char* buffer, size_t max) override {
    const net::IoResult result = inner_->Read(buffer, max);
    if (result.status == net::IoStatus::kOk) scope_->OnRead(result.bytes);
    return Note(result);
  }
  net::IoResult Write(ByteQueue* queue) override { return Written(inner_->Write(queue)); }
  net::IoResult Write(absl::string_view data) override { return Written(inner_->Write(data)); }
  net::IoResult WriteAndShutdown(ByteQueue* queue) override {
    return Written(inner_->WriteAndShutdown(queue));
  }
  void ShutdownWrite() override { inner_->ShutdownWrite(); }
  void ResetOnClose() override { inner_->ResetOnClose(); }
  int fd() const override { return inner_->fd(); }

 private:
  net::IoResult Written(const net::IoResult& result) {
    if (result.bytes > 0) scope_->OnWrite(result.bytes);
    return Note(result);
  }
  net::IoResult Note(const net::IoResult& result) {
    if (result.status == net::IoStatus::kError) error_ = result.error;
    return result;
  }

  const std::unique_ptr<net::ByteStream> inner_;
  const metrics::ScopeMap<TcpScope>::Ref scope_;
  int error_ = 0;
};

}  // namespace gossamer::proxy

#endif  // PROXY_TRANSPORT_METERED_STREAM_H_
