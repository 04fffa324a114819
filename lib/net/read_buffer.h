#ifndef LIB_NET_READ_BUFFER_H_
#define LIB_NET_READ_BUFFER_H_

#include <cstddef>

namespace gossamer::net {

// Of a read whose sender has not shown that it has more, and of all HTTP.
inline constexpr size_t kUsualReadBytes = 64 * 1024;
// Of reads in bulk: 32 TLS records. Each read costs a write, and often a wake-up of the
// receiver; larger ones would keep the loop's other connections waiting.
inline constexpr size_t kReadBufferBytes = 512 * 1024;

// The thread's buffer of kReadBufferBytes, for what is read and handed on before the loop's next
// callback: connections need none of their own. Whoever reads into it owns it until it returns to
// the loop, and starts no other connection's reading meanwhile.
char* ReadBuffer();

}  // namespace gossamer::net

#endif  // LIB_NET_READ_BUFFER_H_
