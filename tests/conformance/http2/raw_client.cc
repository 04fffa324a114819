#include "tests/conformance/http2/raw_client.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/conformance/http1/sockets.h"

namespace gossamer::conformance {

RawClient::RawClient(int fd) : fd_(fd) {
  if (nghttp2_hd_inflate_new(&inflater_) != 0) std::abort();
}

RawClient::~RawClient() {
  nghttp2_hd_inflate_del(inflater_);
  close(fd_);
}

bool RawClient::Handshake(const std::vector<std::pair<uint16_t, uint32_t>>& settings) {
  return Send(Hello(settings)) && ReadUntil([this] { return settings_came_; }) && settings_came_;
}

void RawClient::StartRequest(uint32_t id, const Fields& fields, bool end_stream) {
  streams_[id].send_window = peer_setting(kInitialWindowSize, 65'535);
  Send(HeadersFrames(id, Block(fields), end_stream));
}

bool RawClient::Send(absl::string_view bytes) { return SendAll(fd_, bytes); }

bool RawClient::ReadUntil(const std::function<bool()>& condition, int timeout_ms) {
  const absl::Time deadline = absl::Now() + absl::Milliseconds(timeout_ms);
  while (!condition() && !closed_) {
    const int64_t left_ms = absl::ToInt64Milliseconds(deadline - absl::Now());
    if (!ReadMore(static_cast<int>(std::max<int64_t>(0, left_ms))) && !closed_) return condition();
  }
  return true;
}

bool RawClient::ReadMore(int timeout_ms) {
  const int result = Receive(fd_, timeout_ms, &bytes_);
  if (result == 0) closed_ = true;
  while (const absl::optional<Frame> frame = TakeFrame(&bytes_)) Handle(*frame);
  return result > 0;
}

const ClientStream& RawClient::Await(uint32_t id) {
  ReadUntil([&] { return streams_[id].over(); });
  return streams_[id];
}

bool RawClient::SendCounted(absl::string_view frame, size_t size) {
  send_window_ -= static_cast<int64_t>(size);
  streams_[ToNumber(frame.substr(5))].send_window -= static_cast<int64_t>(size);
  return Send(frame);
}

bool RawClient::SendBody(uint32_t id, absl::string_view body, bool end_stream) {
  constexpr int64_t kFrameMax = 16'384;
  ClientStream& stream = streams_[id];
  while (true) {
    const auto room = [&] { return std::min({kFrameMax, send_window_, stream.send_window}); };
    if (!body.empty() && !ReadUntil([&] { return room() > 0 || stream.over(); })) return false;
    if (closed_ || stream.over()) return false;
    const absl::string_view part =
        body.substr(0, static_cast<size_t>(std::max<int64_t>(0, room())));
    body.remove_prefix(part.size());
    const uint8_t flags = body.empty() && end_stream ? kEndStream : 0;
    if (!SendCounted(DataFrame(id, part, flags), part.size())) return false;
    if (body.empty()) return true;
  }
}

uint32_t RawClient::peer_setting(uint16_t id, uint32_t otherwise) const {
  const auto it = settings_.find(id);
  return it == settings_.end() ? otherwise : it->second;
}

void RawClient::Handle(const Frame& frame) {
  const bool end_stream = (frame.flags & kEndStream) != 0;
  switch (frame.type) {
    case kData:
      return HandleData(frame);
    case kHeaders:
      if ((frame.flags & kEndHeaders) != 0)
        return HandleBlock(frame.stream, frame.payload, end_stream);
      open_block_ = frame.payload;
      open_block_ends_stream_ = end_stream;
      return;
    case kContinuation:
      open_block_ += frame.payload;
      if ((frame.flags & kEndHeaders) != 0) {
        HandleBlock(frame.stream, open_block_, open_block_ends_stream_);
      }
      return;
    case kRstStream:
      streams_[frame.stream].reset = true;
      streams_[frame.stream].reset_code = ToNumber(frame.payload);
      return;
    case kSettings:
      return HandleSettings(frame);
    case kPing:
      if ((frame.flags & kAck) != 0) {
        pongs_.push_back(frame.payload);
      } else {
        Send(PingFrame(frame.payload, kAck));
      }
      return;
    case kGoaway:
      goaway_ = true;
      goaway_last_stream_ = ToNumber(frame.payload);
      goaway_code_ = ToNumber(absl::string_view(frame.payload).substr(4));
      return;
    case kWindowUpdate:
      (frame.stream == 0 ? send_window_ : streams_[frame.stream].send_window) +=
          ToNumber(frame.payload);
      return;
    default:
      return;
  }
}

void RawClient::HandleSettings(const Frame& frame) {
  if ((frame.flags & kAck) != 0) {
    ++settings_acks_;
    return;
  }
  settings_came_ = true;
  absl::string_view payload = frame.payload;
  for (; payload.size() >= 6; payload.remove_prefix(6)) {
    const uint16_t id = static_cast<uint16_t>(ToNumber(payload) >> 16);
    settings_[id] = ToNumber(payload.substr(2));
  }
  Send(Encode(kSettings, kAck, 0, ""));
}

void RawClient::HandleData(const Frame& frame) {
  ClientStream& stream = streams_[frame.stream];
  stream.body += frame.payload;  // Nobody here pads.
  stream.ended = stream.ended || (frame.flags & kEndStream) != 0;
  if (!opens_windows_ || frame.payload.empty()) return;
  const uint32_t size = static_cast<uint32_t>(frame.payload.size());
  Send(WindowUpdateFrame(0, size));
  if (!stream.ended) Send(WindowUpdateFrame(frame.stream, size));
}

void RawClient::HandleBlock(uint32_t id, const std::string& block, bool end_stream) {
  ClientStream& stream = streams_[id];
  const Fields fields = Decode(block);
  if (stream.status != 0) {
    stream.trailers = fields;
  } else {
    int status = 0;
    if (!fields.empty() && fields[0].first == ":status") {
      (void)absl::SimpleAtoi(fields[0].second, &status);
    }
    if (status >= 100 && status < 200) {
      stream.interim.push_back(status);
    } else {
      stream.status = status;
      stream.fields = fields;
    }
  }
  stream.ended = stream.ended || end_stream;
}

Fields RawClient::Decode(const std::string& block) {
  Fields fields;
  absl::string_view left = block;
  while (true) {
    nghttp2_nv field;
    int flags = 0;
    const nghttp2_ssize used = nghttp2_hd_inflate_hd3(
        inflater_, &field, &flags, reinterpret_cast<const uint8_t*>(left.data()), left.size(), 1);
    if (used < 0) return fields;
    left.remove_prefix(static_cast<size_t>(used));
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
      fields.emplace_back(std::string(reinterpret_cast<char*>(field.name), field.namelen),
                          std::string(reinterpret_cast<char*>(field.value), field.valuelen));
    }
    if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0 && left.empty()) break;
  }
  nghttp2_hd_inflate_end_headers(inflater_);
  return fields;
}

}  // namespace gossamer::conformance
