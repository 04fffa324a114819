#ifndef TESTS_INTEROP_GRPC_EXPECT_H_
#define TESTS_INTEROP_GRPC_EXPECT_H_

#include <grpcpp/grpcpp.h>

#include <chrono>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace gossamer::interop {

// No case takes as long, unless it hangs.
inline constexpr std::chrono::seconds kPatience{20};

// A context whose call ends within kPatience.
class PatientContext : public grpc::ClientContext {
 public:
  PatientContext() { set_deadline(std::chrono::system_clock::now() + kPatience); }
};

// Fails, naming `what`, unless the call ended with `code`.
inline absl::Status ExpectCode(absl::string_view what, const grpc::Status& status,
                               grpc::StatusCode code) {
  if (status.error_code() == code) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(what, ": ended with code ", status.error_code(), " (",
                                          status.error_message(), "), expected ", code));
}

inline absl::Status ExpectOk(absl::string_view what, const grpc::Status& status) {
  return ExpectCode(what, status, grpc::StatusCode::OK);
}

template <typename T, typename U>
absl::Status ExpectEqual(absl::string_view what, const T& actual, const U& expected) {
  if (actual == expected) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(what, ": got ", actual, ", expected ", expected));
}

inline absl::Status ExpectTrue(absl::string_view what, bool condition) {
  return condition ? absl::OkStatus() : absl::InternalError(absl::StrCat("not so: ", what));
}

}  // namespace gossamer::interop

#endif  // TESTS_INTEROP_GRPC_EXPECT_H_
