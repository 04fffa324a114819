#include "lib/x509/errors.h"

#include <openssl/err.h>

namespace gossamer::x509 {

ScopedErrorQueue::ScopedErrorQueue() { ERR_clear_error(); }
ScopedErrorQueue::~ScopedErrorQueue() { ERR_clear_error(); }

std::string ScopedErrorQueue::Reason(absl::string_view fallback) const {
  const uint32_t packed = ERR_peek_error();
  const char* reason = packed == 0 ? nullptr : ERR_reason_error_string(packed);
  return reason == nullptr ? std::string(fallback) : std::string(reason);
}

}  // namespace gossamer::x509
