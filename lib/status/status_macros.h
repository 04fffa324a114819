#ifndef LIB_STATUS_STATUS_MACROS_H_
#define LIB_STATUS_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns the status of `expr` (an absl::Status) from the enclosing function unless it is OK.
#define GOSSAMER_RETURN_IF_ERROR(expr)                                  \
  do {                                                                  \
    if (absl::Status gossamer_status = (expr); !gossamer_status.ok()) { \
      return gossamer_status;                                           \
    }                                                                   \
  } while (false)

// Evaluates `expr` (an absl::StatusOr<T>); moves its value into `lhs`, which may declare a
// variable, or returns its status from the enclosing function.
#define GOSSAMER_ASSIGN_OR_RETURN(lhs, expr) \
  GOSSAMER_ASSIGN_OR_RETURN_IMPL_(GOSSAMER_STATUS_CONCAT_(gossamer_status_or_, __LINE__), lhs, expr)

#define GOSSAMER_ASSIGN_OR_RETURN_IMPL_(tmp, lhs, expr) \
  auto tmp = (expr);                                    \
  if (!tmp.ok()) return std::move(tmp).status();        \
  lhs = std::move(tmp).value()

#define GOSSAMER_STATUS_CONCAT_(a, b) GOSSAMER_STATUS_CONCAT_IMPL_(a, b)
#define GOSSAMER_STATUS_CONCAT_IMPL_(a, b) a##b

#endif  // LIB_STATUS_STATUS_MACROS_H_
