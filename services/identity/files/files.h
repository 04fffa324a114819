#ifndef SERVICES_IDENTITY_FILES_FILES_H_
#define SERVICES_IDENTITY_FILES_FILES_H_

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace gossamer::identity {

// Modes of what the identity service writes.
inline constexpr mode_t kSecretFileMode = 0600;
inline constexpr mode_t kPublicFileMode = 0644;

// A regular file's content. NotFound, PermissionDenied or Unavailable, naming the path;
// InvalidArgument where it has more than `max_bytes` or is no regular file.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes);

// Replaces a file whole: a reader sees the old content or the new, also after a crash. The mode
// holds from the first byte. An error names the path, and leaves no temporary file behind.
absl::Status WriteFileAtomically(const std::string& path, absl::string_view content, mode_t mode);

}  // namespace gossamer::identity

#endif  // SERVICES_IDENTITY_FILES_FILES_H_
