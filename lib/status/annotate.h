#ifndef LIB_STATUS_ANNOTATE_H_
#define LIB_STATUS_ANNOTATE_H_

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace gossamer {

// Puts the caller's noun before the message: Annotate(s, "outbound") gives "outbound: <message>".
// An OK status stays OK.
inline absl::Status Annotate(const absl::Status& status, absl::string_view noun) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(noun, ": ", status.message()));
}

}  // namespace gossamer

#endif  // LIB_STATUS_ANNOTATE_H_
