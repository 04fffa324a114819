#ifndef LIB_X509_ID_H_
#define LIB_X509_ID_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace gossamer::x509 {

// A mesh identity: a DNS name ("web.emojivoto.serviceaccount.identity.linkerd.cluster.local") or a
// URI ("spiffe://example.org/web"). An immutable value.
class Id {
 public:
  enum class Kind { kDnsName, kUri };

  // InvalidArgument, naming the text, where it is neither. A DNS name has labels of letters,
  // digits,
  // '-' and '_', no trailing dot, no wildcard, and is not an IP address; case does not matter and
  // is folded to lower case. A URI has a scheme, "://" and a host.
  static absl::StatusOr<Id> Parse(absl::string_view text);

  Kind kind() const { return kind_; }
  const std::string& value() const { return value_; }

  friend bool operator==(const Id& a, const Id& b) {
    return a.kind_ == b.kind_ && a.value_ == b.value_;
  }
  friend bool operator!=(const Id& a, const Id& b) { return !(a == b); }

 private:
  Id(Kind kind, std::string value) : kind_(kind), value_(std::move(value)) {}

  Kind kind_;
  std::string value_;
};

// Whether `name` is a DNS name as Id::Parse reads it.
bool IsDnsName(absl::string_view name);

}  // namespace gossamer::x509

#endif  // LIB_X509_ID_H_
