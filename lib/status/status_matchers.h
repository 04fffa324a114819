#ifndef LIB_STATUS_STATUS_MATCHERS_H_
#define LIB_STATUS_STATUS_MATCHERS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"

namespace gossamer {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

// Matches an OK absl::Status or absl::StatusOr.
MATCHER(IsOk, "is OK") {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).ok();
}

// Matches an error with this code whose message matches `message`, a string or a string matcher.
MATCHER_P2(StatusIs, code, message, "has the status") {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).code() == code &&
         testing::Matches(message)(std::string(StatusOf(arg).message()));
}

}  // namespace gossamer

#define ASSERT_OK(expr) ASSERT_THAT(expr, ::gossamer::IsOk())
#define EXPECT_OK(expr) EXPECT_THAT(expr, ::gossamer::IsOk())

#endif  // LIB_STATUS_STATUS_MATCHERS_H_
