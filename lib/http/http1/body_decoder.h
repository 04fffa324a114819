#ifndef LIB_HTTP_HTTP1_BODY_DECODER_H_
#define LIB_HTTP_HTTP1_BODY_DECODER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "lib/buffer/arena.h"
#include "lib/http/message.h"

namespace gossamer::http1 {

// The fields behind a chunked body, names lower-case. Fields that frame or route a message are
// left out (RFC 9110 section 6.5.1).
struct Trailers {
  Arena arena;
  http::Headers headers;
};

enum class BodyResult : uint8_t {
  kData,      // Some body; there may be more in the same input.
  kNeedMore,  // All input is consumed and the body goes on.
  kDone,      // The body has ended; what is not consumed belongs to the next message.
  kError,
};

enum class BodyError : uint8_t {
  kNone,
  kBadChunkSize,
  kChunkExtensionsTooLong,
  kBadChunkExtension,
  kBadChunkEnd,  // Something else than CRLF behind a chunk's size or data.
  kBadTrailers,
  kTrailersTooLarge,
  kTruncated,  // The connection ended inside the body.
};

// A static lower_snake_case name, for metric labels and logs.
absl::string_view BodyErrorName(BodyError error);

// Finds the body of one message in a connection's bytes, by RFC 9112 sections 6 and 7.
//
// Belongs to a connection and is started again for each message. Does no I/O and copies no body
// bytes: data is views into the input. It keeps what it needs of framing that is cut in two, so
// everything before the end of the body is always consumed. Memory is taken for trailers alone,
// and bounded by kTrailerBytesMax.
class BodyDecoder {
 public:
  static constexpr size_t kTrailerBytesMax = 64 * 1024;
  static constexpr size_t kTrailerFieldsMax = 100;
  // Extensions are skipped; a body that holds more of them than this, and than the data they come
  // with, is refused: nobody uses them, and they are free work for a sender to hand out.
  static constexpr size_t kExtensionBytesMax = 4096;

  BodyDecoder() = default;

  void Start(http::BodyKind kind, uint64_t content_length);

  // One step. kData: `*data` is a non-empty part of `input`, valid as long as input is. Call until
  // the result is another; skip `*consumed` bytes of the input before each next call.
  BodyResult Decode(absl::string_view input, size_t* consumed, absl::string_view* data);

  // The peer has closed its side. kDone where that ends the body, else kError.
  BodyResult OnEof();

  bool done() const { return state_ == State::kDone; }
  BodyError error() const { return error_; }
  // Bytes of body that are known to follow: of the body with content-length, else of the chunk.
  uint64_t remaining() const { return remaining_; }

  // After kDone: the trailers, or null where there were none.
  const Trailers* trailers() const { return trailers_.get(); }
  std::unique_ptr<Trailers> TakeTrailers() { return std::move(trailers_); }

 private:
  enum class State : uint8_t {
    kUntilClose,
    kLength,
    // A chunk: size, perhaps extensions, CRLF, data, CRLF; the one of size 0 ends with trailers.
    kSizeFirstDigit,
    kSize,
    kBlankBeforeExtension,
    kExtension,
    kSizeLf,
    kChunkData,
    kDataCr,
    kDataLf,
    kTrailersStart,
    kTrailersEndLf,
    kTrailers,
    kDone,
    kError,
  };

  BodyResult Fail(BodyError error);
  BodyResult TakeData(absl::string_view input, size_t* consumed, absl::string_view* data);
  void TakeFraming(absl::string_view input, size_t* consumed);
  bool TakePlainSizeLine(absl::string_view input, size_t* consumed);
  void OnFramingByte(char c);
  void OnSizeByte(char c);
  void OnExtensionByte(char c);
  void OnSizeLine();
  size_t TakeTrailerBytes(absl::string_view input);
  void ParseTrailers();

  State state_ = State::kDone;
  BodyError error_ = BodyError::kNone;
  uint8_t size_digits_ = 0;
  uint32_t extension_bytes_ = 0;  // Less what the data so far makes up for.
  uint64_t remaining_ = 0;
  std::string trailer_bytes_;
  std::unique_ptr<Trailers> trailers_;
};

}  // namespace gossamer::http1

#endif  // LIB_HTTP_HTTP1_BODY_DECODER_H_
