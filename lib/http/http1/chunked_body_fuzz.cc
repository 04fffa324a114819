// Bytes in: the first byte picks where to cut, the rest is what a peer sends as a chunked body. It
// must mean the same however it is cut; a body that is written again must decode to the same.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/http/http1/body_decoder.h"
#include "lib/http/http1/serializer.h"
#include "lib/http/http1/testing/body_text.h"
#include "lib/http/http1/testing/fuzz_check.h"

namespace gossamer::http1 {
namespace {

using http::BodyKind;

void CheckCuts(absl::string_view input, size_t cut) {
  const std::string whole = DecodeBodyText(BodyKind::kChunked, 0, input, {});
  FUZZ_CHECK(whole != "needs more with input left");
  FUZZ_CHECK(DecodeBodyText(BodyKind::kChunked, 0, input, {cut}) == whole);
  std::vector<size_t> every;
  for (size_t i = 0; i < input.size(); ++i) every.push_back(i);
  FUZZ_CHECK(DecodeBodyText(BodyKind::kChunked, 0, input, every) == whole);
}

void CheckRoundTrip(absl::string_view input) {
  BodyDecoder decoder;
  decoder.Start(BodyKind::kChunked, 0);
  std::string body;
  std::string written;
  size_t consumed = 0;
  absl::string_view data;
  BodyResult result;
  while ((result = decoder.Decode(input, &consumed, &data)) == BodyResult::kData) {
    FUZZ_CHECK(!data.empty() && data.size() <= consumed && consumed <= input.size());
    char size[kChunkHeadBytesMax];
    absl::StrAppend(&written, absl::string_view(size, WriteChunkHead(data.size(), size)), data,
                    kChunkEnd);
    absl::StrAppend(&body, data);
    input.remove_prefix(consumed);
  }
  if (result != BodyResult::kDone) return;
  const http::Headers none;
  const http::Headers& trailers =
      decoder.trailers() == nullptr ? none : decoder.trailers()->headers;
  FUZZ_CHECK(AppendLastChunk(trailers, &written));
  std::string want = absl::StrCat("done ", written.size(), " '", body, "'");
  for (const http::Header& field : trailers) {
    absl::StrAppend(&want, " | ", field.name, ": ", field.value);
  }
  FUZZ_CHECK(DecodeBodyText(BodyKind::kChunked, 0, written, {}) == want);
}

}  // namespace
}  // namespace gossamer::http1

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  gossamer::http1::CheckCuts(input, size == 1 ? 0 : data[0] % (size - 1));
  gossamer::http1::CheckRoundTrip(input);
  return 0;
}
