#ifndef LIB_X509_ERRORS_H_
#define LIB_X509_ERRORS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace gossamer::x509 {

// Empties BoringSSL's error queue of this thread when it goes out of scope. Whatever may fail
// inside BoringSSL runs under one: a leftover entry would be blamed on the next TLS operation.
class ScopedErrorQueue {
 public:
  ScopedErrorQueue();
  ~ScopedErrorQueue();
  ScopedErrorQueue(const ScopedErrorQueue&) = delete;
  ScopedErrorQueue& operator=(const ScopedErrorQueue&) = delete;

  // The oldest entry's reason in words ("BAD_SIGNATURE"), or `fallback` where there is none. Never
  // holds input bytes.
  std::string Reason(absl::string_view fallback) const;
};

}  // namespace gossamer::x509

#endif  // LIB_X509_ERRORS_H_
