#include "proxy/transport/transport_header.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "api/transport/v1/transport.pb.h"

namespace gossamer::proxy {
namespace {

constexpr absl::string_view kPreface = "transport.l5d.io/v1\r\n\r\n";
constexpr size_t kLengthBytes = 4;

uint32_t ReadBigEndian(absl::string_view bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < kLengthBytes; ++i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

}  // namespace

std::string EncodeTransportHeader(const TransportHeader& header) {
  transport::l5d::io::Header message;
  message.set_port(header.port);
  message.set_name(header.name);
  switch (header.session) {
    case TransportHeader::Session::kNone:
      break;
    case TransportHeader::Session::kHttp1:
      message.mutable_session_protocol()->mutable_http1();
      break;
    case TransportHeader::Session::kHttp2:
      message.mutable_session_protocol()->mutable_http2();
      break;
  }
  const std::string body = message.SerializeAsString();
  std::string encoded(kPreface);
  for (int shift = 24; shift >= 0; shift -= 8) {
    encoded.push_back(static_cast<char>(body.size() >> shift));
  }
  return encoded + body;
}

TransportHeaderResult DecodeTransportHeader(absl::string_view bytes, TransportHeader* header,
                                            size_t* consumed) {
  if (bytes.substr(0, kPreface.size()) != kPreface.substr(0, bytes.size())) {
    return TransportHeaderResult::kInvalid;
  }
  constexpr size_t kFixedBytes = kPreface.size() + kLengthBytes;
  if (bytes.size() < kFixedBytes) return TransportHeaderResult::kIncomplete;
  const size_t length = ReadBigEndian(bytes.substr(kPreface.size()));
  if (length > kMaxTransportHeaderBytes - kFixedBytes) return TransportHeaderResult::kInvalid;
  if (bytes.size() < kFixedBytes + length) return TransportHeaderResult::kIncomplete;
  transport::l5d::io::Header message;
  if (!message.ParseFromArray(bytes.data() + kFixedBytes, static_cast<int>(length)) ||
      message.port() < 1 || message.port() > 65535) {
    return TransportHeaderResult::kInvalid;
  }
  header->port = static_cast<uint16_t>(message.port());
  header->name = message.name();
  header->session = TransportHeader::Session::kNone;
  if (message.session_protocol().has_http1()) header->session = TransportHeader::Session::kHttp1;
  if (message.session_protocol().has_http2()) header->session = TransportHeader::Session::kHttp2;
  *consumed = kFixedBytes + length;
  return TransportHeaderResult::kComplete;
}

}  // namespace gossamer::proxy
