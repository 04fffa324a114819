// Bytes in: the first byte picks the request's method and where to cut, the rest is what a server
// sends. The same invariants as for requests.

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

void CheckCuts(absl::string_view input, absl::string_view method, size_t cut) {
  const std::string whole = ParseResponseText(input, method, {});
  CheckSameUnlessLate(whole, ParseResponseText(input, method, {cut}), input);
  std::vector<size_t> every;
  for (size_t i = 0; i < input.size() && i < 4096; ++i) every.push_back(i);
  CheckSameUnlessLate(whole, ParseResponseText(input, method, every), input);
}

void CheckRoundTrip(absl::string_view input, absl::string_view method) {
  http::ResponseHead head;
  size_t consumed = 0;
  HeadError error = HeadError::kNone;
  if (ParseResponseHead(input, method, &head, &consumed, &error) != ParseResult::kComplete) return;
  FUZZ_CHECK(head.status >= 100 && head.status <= 999);
  FUZZ_CHECK(head.body != http::BodyKind::kUntilClose || !head.keep_alive);

  ResponseContext context;
  context.head_request = method == "HEAD";
  context.tunnel = head.upgrade;
  std::string written;
  BodyFraming framing = BodyFraming::kIdentity;
  FUZZ_CHECK(AppendResponseHead(head, context, &written, &framing));
  http::ResponseHead again;
  FUZZ_CHECK(ParseResponseHead(written, method, &again, &consumed, &error) ==
             ParseResult::kComplete);
  FUZZ_CHECK(consumed == written.size());
  FUZZ_CHECK(again.status == head.status && again.upgrade == head.upgrade);
  FUZZ_CHECK((again.body == http::BodyKind::kChunked) == (framing == BodyFraming::kChunked));
  FUZZ_CHECK(again.content_length == head.content_length);
  FUZZ_CHECK(again.headers.Find("transfer-encoding") == nullptr);
}

}  // namespace
}  // namespace gossamer::http1

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  constexpr absl::string_view kMethods[] = {"GET", "HEAD", "CONNECT"};
  const absl::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const absl::string_view method = kMethods[data[0] % 3];
  gossamer::http1::CheckCuts(input, method, size == 1 ? 0 : data[0] % (size - 1));
  gossamer::http1::CheckRoundTrip(input, method);
  return 0;
}
