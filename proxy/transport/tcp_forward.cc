#include "proxy/transport/tcp_forward.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "lib/net/read_buffer.h"

namespace gossamer::proxy {

TcpForward::TcpForward(event::Loop* loop, std::unique_ptr<net::ByteStream> client,
                       std::unique_ptr<net::ByteStream> server, const AlreadyRead& already_read,
                       OnDone on_done)
    : client_(std::move(client)),
      server_(std::move(server)),
      on_done_(std::move(on_done)),
      again_(loop, [this] { Pump(); }),
      up_{client_.get(), server_.get()},
      down_{server_.get(), client_.get()},
      client_end_(this, &up_),
      server_end_(this, &down_) {
  up_.pending.Append(already_read.client);
  down_.pending.Append(already_read.server);
  client_->SetHandler(&client_end_);
  server_->SetHandler(&server_end_);
  again_.Schedule();
}

void TcpForward::OnIo(event::IoEvents events, const Pipe& outgoing) {
  if (!Pump() || !events.error) return;
  // A reset that will not be read soon, because the receiver is slow or an end came before it.
  if (outgoing.blocked || !outgoing.pending.empty() || outgoing.source_ended) Abort(ECONNRESET);
}

void TcpForward::Abort(int error) {
  if (on_done_ == nullptr) return;
  client_->ResetOnClose();
  server_->ResetOnClose();
  Finish(error);
}

bool TcpForward::Pump() {
  if (!Move(&up_) || !Move(&down_)) return false;
  if (!up_.done || !down_.done) return true;
  Finish(0);
  return false;
}

bool TcpForward::FlushPending(Pipe* pipe) {
  if (pipe->pending.empty() && !pipe->blocked) return true;
  const net::IoResult result = pipe->to->Write(&pipe->pending);
  pipe->blocked = result.status == net::IoStatus::kBlocked;
  if (result.status != net::IoStatus::kError) return true;
  pipe->from->ResetOnClose();
  Finish(result.error);
  return false;
}

// Where much comes and is taken, reads grow. What a slow receiver leaves is kept: it gets less.
void TcpForward::AdaptReads(size_t got, Pipe* pipe) {
  if (pipe->blocked) {
    pipe->read_bytes = net::kUsualReadBytes;
  } else if (got > pipe->read_bytes / 2) {
    pipe->read_bytes = std::min(2 * pipe->read_bytes, net::kReadBufferBytes);
  }
}

bool TcpForward::Move(Pipe* pipe) {
  if (!FlushPending(pipe)) return false;
  size_t total = 0;
  while (pipe->pending.empty() && !pipe->blocked && !pipe->source_ended) {
    if (total > kMaxBytesPerTurn) {
      again_.Schedule();
      return true;
    }
    char* buffer = net::ReadBuffer();
    const net::IoResult read = pipe->from->Read(buffer, pipe->read_bytes);
    if (read.status == net::IoStatus::kBlocked) return true;
    if (read.status == net::IoStatus::kEof) {
      pipe->source_ended = true;
      break;
    }
    if (read.status == net::IoStatus::kError) {
      pipe->to->ResetOnClose();
      Finish(read.error);
      return false;
    }
    total += read.bytes;
    bytes_read_ += read.bytes;
    const absl::string_view data(buffer, read.bytes);
    const net::IoResult written = pipe->to->Write(data);
    if (written.status == net::IoStatus::kError) {
      pipe->from->ResetOnClose();
      Finish(written.error);
      return false;
    }
    pipe->blocked = written.status == net::IoStatus::kBlocked;
    pipe->pending.Append(data.substr(written.bytes));
    AdaptReads(read.bytes, pipe);
  }
  const bool delivered = pipe->pending.empty() && !pipe->blocked;
  if (pipe->source_ended && delivered && !std::exchange(pipe->done, true)) {
    pipe->to->ShutdownWrite();
  }
  return true;
}

void TcpForward::Finish(int error) {
  client_->SetHandler(nullptr);
  server_->SetHandler(nullptr);
  again_.Cancel();
  OnDone done = std::exchange(on_done_, nullptr);
  done(error);
}

}  // namespace gossamer::proxy
