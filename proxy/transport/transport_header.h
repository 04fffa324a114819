#ifndef PROXY_TRANSPORT_TRANSPORT_HEADER_H_
#define PROXY_TRANSPORT_TRANSPORT_HEADER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

// What one proxy tells another at the start of a connection to its inbound port: which port of the
// workload it means (the transport.l5d.io protocol).
namespace gossamer::proxy {

// Its name in ALPN.
inline constexpr absl::string_view kTransportProtocol = "transport.l5d.io/v1";

struct TransportHeader {
  enum class Session { kNone, kHttp1, kHttp2 };

  uint16_t port = 0;                 // 1 to 65535.
  std::string name;                  // Of a gateway's target; usually empty.
  Session session = Session::kNone;  // What the bytes that follow are; kNone for opaque.
};

std::string EncodeTransportHeader(const TransportHeader& header);

enum class TransportHeaderResult { kIncomplete, kComplete, kInvalid };

// The longest message that is accepted, preface and length included.
inline constexpr size_t kMaxTransportHeaderBytes = 64 * 1024;

// Decodes from the start of `bytes`; `*consumed` of them were the header.
TransportHeaderResult DecodeTransportHeader(absl::string_view bytes, TransportHeader* header,
                                            size_t* consumed);

}  // namespace gossamer::proxy

#endif  // PROXY_TRANSPORT_TRANSPORT_HEADER_H_
