// Decodes the input. What is a header is one again after encoding it.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "proxy/transport/transport_header.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using gossamer::proxy::DecodeTransportHeader;
  using gossamer::proxy::TransportHeader;
  using gossamer::proxy::TransportHeaderResult;
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  TransportHeader header;
  size_t consumed = 0;
  if (DecodeTransportHeader(bytes, &header, &consumed) != TransportHeaderResult::kComplete) {
    return 0;
  }
  if (consumed > size || header.port == 0) abort();
  const std::string encoded = gossamer::proxy::EncodeTransportHeader(header);
  TransportHeader again;
  if (DecodeTransportHeader(encoded, &again, &consumed) != TransportHeaderResult::kComplete ||
      consumed != encoded.size() || again.port != header.port || again.name != header.name ||
      again.session != header.session) {
    abort();
  }
  return 0;
}
