// Bytes in: the first byte picks where to cut, the rest is what a client sends. A head must mean
// the same however it is cut; what is written for it must parse to the same head again.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/http/http1/head_parser.h"
#include "lib/http/http1/serializer.h"
#include "lib/http/http1/testing/fuzz_check.h"
#include "lib/http/http1/testing/head_text.h"

namespace gossamer::http1 {
namespace {

void CheckCuts(absl::string_view input, size_t cut) {
  const std::string whole = ParseRequestText(input, {});
  CheckSameUnlessLate(whole, ParseRequestText(input, {cut}), input);
  std::vector<size_t> every;
  for (size_t i = 0; i < input.size() && i < 4096; ++i) every.push_back(i);
  CheckSameUnlessLate(whole, ParseRequestText(input, every), input);
}

void CheckRoundTrip(absl::string_view input) {
  http::RequestHead head;
  size_t consumed = 0;
  HeadError error = HeadError::kNone;
  if (ParseRequestHead(input, &head, &consumed, &error) != ParseResult::kComplete) return;
  FUZZ_CHECK(consumed <= input.size());
  FUZZ_CHECK(input.substr(consumed - 4, 4) == "\r\n\r\n");

  std::string written;
  FUZZ_CHECK(AppendRequestHead(head, ConnectionOption::kNone, &written));
  http::RequestHead again;
  FUZZ_CHECK(ParseRequestHead(written, &again, &consumed, &error) == ParseResult::kComplete);
  FUZZ_CHECK(consumed == written.size());
  FUZZ_CHECK(again.method == head.method && again.path == head.path);
  FUZZ_CHECK(again.authority == head.authority && again.absolute_form == head.absolute_form);
  FUZZ_CHECK(again.version == head.version && again.body == head.body);
  FUZZ_CHECK(again.content_length == head.content_length);
  FUZZ_CHECK(again.keep_alive == head.keep_alive && again.upgrade == head.upgrade);
  std::string third;
  FUZZ_CHECK(AppendRequestHead(again, ConnectionOption::kNone, &third));
  FUZZ_CHECK(third == written);

  StripHopByHop(&head.headers, head.upgrade);
  FUZZ_CHECK(head.headers.Find("keep-alive") == nullptr);
  FUZZ_CHECK((head.headers.Find("connection") != nullptr) == head.upgrade);
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
