#ifndef LIB_X509_SECRET_H_
#define LIB_X509_SECRET_H_

#include <openssl/mem.h>

#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace gossamer::x509 {

// Bytes that must not outlive their use: wiped when destroyed, moved but never copied, and without
// an operator that would print them.
class SecretString {
 public:
  SecretString() = default;
  // Takes the bytes over; the caller's string is wiped and empty afterwards.
  explicit SecretString(std::string&& bytes) : bytes_(bytes) { Wipe(bytes); }
  SecretString(SecretString&& other) noexcept : SecretString(std::move(other.bytes_)) {}
  SecretString& operator=(SecretString&& other) noexcept {
    if (this == &other) return *this;
    Wipe(bytes_);
    bytes_ = other.bytes_;
    Wipe(other.bytes_);
    return *this;
  }
  SecretString(const SecretString&) = delete;
  SecretString& operator=(const SecretString&) = delete;
  ~SecretString() { Wipe(bytes_); }

  absl::string_view view() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }

  // Zeroes a string's bytes, then empties it.
  static void Wipe(std::string& bytes) {
    OPENSSL_cleanse(bytes.data(), bytes.size());
    bytes.clear();
  }

 private:
  std::string bytes_;
};

}  // namespace gossamer::x509

#endif  // LIB_X509_SECRET_H_
