#ifndef PROXY_OVERLOAD_CGROUP_LIMIT_H_
#define PROXY_OVERLOAD_CGROUP_LIMIT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace gossamer::proxy {

// The memory, in bytes, that the control groups of a process allow: the least of its own group's
// and the groups' around it, in version 2 (memory.max) and 1 (memory.limit_in_bytes). Nothing where
// there is no limit.
//
// `groups` is the text of /proc/PID/cgroup (cgroups(7)), `root` where the file systems of groups
// are mounted: /sys/fs/cgroup. In a container, whose own group is mounted there, the path that
// `groups` names does not exist below it: then the root's own limit counts.
std::optional<uint64_t> CgroupMemoryLimit(absl::string_view groups, const std::string& root);

// The same of this process.
std::optional<uint64_t> OwnCgroupMemoryLimit();

}  // namespace gossamer::proxy

#endif  // PROXY_OVERLOAD_CGROUP_LIMIT_H_
