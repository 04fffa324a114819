// Sniffs the input whole and grown byte by byte: a verdict, once given, stays.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "proxy/transport/sniff.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using gossamer::proxy::HttpSniff;
  using gossamer::proxy::TlsSniff;
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  constexpr size_t kMaxSteps = 512;
  TlsSniff tls = TlsSniff::kIncomplete;
  std::string name;
  for (size_t length = 0; length <= size && length <= kMaxSteps; ++length) {
    std::string now_name;
    const TlsSniff now = gossamer::proxy::SniffTls(bytes.substr(0, length), &now_name);
    if (tls != TlsSniff::kIncomplete && (now != tls || now_name != name)) abort();
    tls = now;
    name = now_name;
    gossamer::proxy::SniffHttp(bytes.substr(0, length));
  }
  gossamer::proxy::SniffTls(bytes, &name);
  gossamer::proxy::SniffHttp(bytes);
  gossamer::proxy::IsHttpServer(bytes);
  return 0;
}
