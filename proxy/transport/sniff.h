#ifndef PROXY_TRANSPORT_SNIFF_H_
#define PROXY_TRANSPORT_SNIFF_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

// Tells protocols by a connection's first bytes. Pure: bytes in, verdict out.
namespace gossamer::proxy {

// The most that is looked at for a TLS ClientHello.
inline constexpr size_t kMaxClientHelloBytes = 8192;

enum class TlsSniff {
  kIncomplete,  // Could still become a ClientHello; look again with more bytes.
  kNotTls,
  kClientHello,  // `*server_name` is set; empty where the hello has no SNI.
};

// Looks for a whole ClientHello in the first TLS records, over as many of which it may be spread
// (RFC 8446 section 5.1), and for the host name in its server_name extension (RFC 6066 section 3),
// lower-cased. More than kMaxClientHelloBytes, record headers included, are not TLS.
TlsSniff SniffTls(absl::string_view bytes, std::string* server_name);

enum class HttpSniff {
  kIncomplete,
  kHttp1,
  kHttp2,
  kNotHttp,
};

// Tells HTTP/2's preface and a plausible HTTP/1 request line from anything else. Verdicts are as
// early as the bytes allow: a first byte that no method may have decides.
HttpSniff SniffHttp(absl::string_view bytes);

// Whether a server that was not asked anything begins like one of HTTP: HTTP/2 servers may send
// their SETTINGS (RFC 9113 section 3.4), HTTP/1 servers a 408 where no request comes (RFC 9110
// section 15.5.9).
bool IsHttpServer(absl::string_view bytes);

}  // namespace gossamer::proxy

#endif  // PROXY_TRANSPORT_SNIFF_H_
