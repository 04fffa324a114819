#ifndef LIB_TLS_POST_HANDSHAKE_H_
#define LIB_TLS_POST_HANDSHAKE_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace gossamer::tls {

// Alerts that this side sends (RFC 8446 section 6).
enum class Alert : uint8_t {
  kCloseNotify = 0,
  kUnexpectedMessage = 10,
  kBadRecordMac = 20,
  kRecordOverflow = 22,
  kDecodeError = 50,
  kInternalError = 80,
};

// Reads the handshake messages that may follow a handshake: KeyUpdate, and the tickets of a server
// that offers resumption, which are of no use here. Pure: bytes in, verdict out.
class PostHandshake {
 public:
  enum class Verdict : uint8_t {
    kNothing,         // No message has ended that asks for anything.
    kKeyUpdate,       // The peer's next record comes under its next key.
    kKeyUpdateAsked,  // The same, and this side's keys shall follow.
    kUnexpected,      // A message that must not come here, or far too many.
    kMalformed,
  };

  // Takes the content of one record of handshake messages, which may be any part of them.
  Verdict Take(absl::string_view content);
  // A record of data has come. False where there were too many without a byte.
  bool OnData(size_t bytes) {
    messages_ = bytes > 0 ? 0 : messages_ + 1;
    return messages_ <= kMaxMessagesInARow;
  }

 private:
  // Without data between them, more (empty records count, too) are an attack on the processor.
  static constexpr int kMaxMessagesInARow = 32;
  static constexpr size_t kHeaderBytes = 4;  // Type and length (RFC 8446 section 4).

  uint8_t header_[kHeaderBytes] = {};
  size_t header_bytes_ = 0;  // Taken of the message that comes.
  size_t left_ = 0;          // Bytes of its body to come.
  int messages_ = 0;
};

}  // namespace gossamer::tls

#endif  // LIB_TLS_POST_HANDSHAKE_H_
