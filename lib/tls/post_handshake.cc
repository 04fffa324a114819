#include "lib/tls/post_handshake.h"

#include <algorithm>

namespace gossamer::tls {
namespace {

constexpr uint8_t kNewSessionTicket = 4;
constexpr uint8_t kKeyUpdateMessage = 24;

}  // namespace

PostHandshake::Verdict PostHandshake::Take(absl::string_view content) {
  if (content.empty()) return Verdict::kUnexpected;  // RFC 8446 section 5.1.
  while (!content.empty()) {
    if (header_bytes_ < kHeaderBytes) {
      header_[header_bytes_++] = static_cast<uint8_t>(content.front());
      content.remove_prefix(1);
      if (header_bytes_ < kHeaderBytes) continue;
      left_ = size_t{header_[1]} << 16 | size_t{header_[2]} << 8 | header_[3];
      if (++messages_ > kMaxMessagesInARow) return Verdict::kUnexpected;
      if (header_[0] != kNewSessionTicket && header_[0] != kKeyUpdateMessage) {
        return Verdict::kUnexpected;
      }
      if (header_[0] == kKeyUpdateMessage && left_ != 1) return Verdict::kMalformed;
      if (left_ == 0) header_bytes_ = 0;
      continue;
    }
    const size_t step = std::min(left_, content.size());
    const auto first = static_cast<uint8_t>(content.front());
    content.remove_prefix(step);
    left_ -= step;
    if (left_ > 0) continue;
    header_bytes_ = 0;
    if (header_[0] != kKeyUpdateMessage) continue;
    // Section 5.1: nothing of the old key may follow a change of keys.
    if (!content.empty()) return Verdict::kUnexpected;
    if (first > 1) return Verdict::kMalformed;
    return first == 1 ? Verdict::kKeyUpdateAsked : Verdict::kKeyUpdate;
  }
  return Verdict::kNothing;
}

}  // namespace gossamer::tls
