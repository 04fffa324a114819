#ifndef TESTS_BENCH_LOAD_PORTS_H_
#define TESTS_BENCH_LOAD_PORTS_H_

#include <stddef.h>
#include <stdint.h>
#include <string.h>

namespace gossamer::bench {

// What the load programs agree on.
inline constexpr int kHttp1Port = 8001;
inline constexpr int kHttp2Port = 8002;
inline constexpr int kBulkPort = 8003;

inline constexpr size_t kPlainBody = 128;
// One gRPC message: a byte of flags, four of length, the payload.
inline constexpr size_t kGrpcPayload = 1024;
inline constexpr size_t kGrpcBody = kGrpcPayload + 5;

inline void WriteGrpcMessage(uint8_t* out) {
  const uint8_t prefix[] = {0, 0, 0, kGrpcPayload >> 8, kGrpcPayload & 0xff};
  memcpy(out, prefix, sizeof(prefix));
  memset(out + sizeof(prefix), 'x', kGrpcPayload);
}

}  // namespace gossamer::bench

#endif  // TESTS_BENCH_LOAD_PORTS_H_
