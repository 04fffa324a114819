// Records of handshake messages, each behind its length: however they are cut, the verdict is the
// same, and a change of keys ends a record.

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "lib/tls/post_handshake.h"

using ::gossamer::tls::PostHandshake;
using Verdict = PostHandshake::Verdict;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  absl::string_view rest(reinterpret_cast<const char*>(data), size);
  PostHandshake whole;
  PostHandshake pieces;
  while (!rest.empty()) {
    const auto length = static_cast<uint8_t>(rest.front());
    const absl::string_view record = rest.substr(1, length);
    rest.remove_prefix(1 + record.size());
    const Verdict verdict = whole.Take(record);
    Verdict last = record.empty() ? Verdict::kUnexpected : Verdict::kNothing;
    size_t taken = 0;
    while (taken < record.size() && last == Verdict::kNothing) {
      last = pieces.Take(record.substr(taken++, 1));
    }
    const bool updated = last == Verdict::kKeyUpdate || last == Verdict::kKeyUpdateAsked;
    // Bytes of the old key behind a change of keys.
    if (updated && taken < record.size()) last = Verdict::kUnexpected;
    // A malformed update is seen with its record's rest only where that is whole.
    if (verdict != last && !(verdict == Verdict::kUnexpected && last == Verdict::kMalformed)) {
      std::abort();
    }
    if (verdict == Verdict::kUnexpected || verdict == Verdict::kMalformed) return 0;
  }
  return 0;
}
