#ifndef API_COMPATIBILITY_SURFACE_H_
#define API_COMPATIBILITY_SURFACE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.pb.h"

namespace gossamer::api {

// What peers can see of a set of contracts: one line of text for each message, field, reserved
// number, enum, enum value, service and method, with everything in it that peers rely on.
//
// Two surfaces of the same contracts differ by lines. A line that went away is a break, whatever
// took its place; a line that came is an addition. A pure value, bounded by its input.
class Surface {
 public:
  // The surface of the files of `descriptors`, whose type names are resolved (as protoc writes
  // them). A file that comes twice counts once.
  static Surface Of(const google::protobuf::FileDescriptorSet& descriptors);

  // Reads what ToText() wrote. Empty lines and those that start with '#' are skipped.
  static Surface FromText(absl::string_view text);

  // A line each, ordered by file and then by name and number, so that a change of one contract is a
  // change of a few neighbouring lines.
  std::string ToText() const;

  // Says of each line of `before` that this surface lacks what became of it, for a person who
  // edited a .proto file. Empty when peers that know `before` still understand this surface.
  std::vector<std::string> BreaksSince(const Surface& before) const;

  // The lines that `before` lacks.
  std::vector<std::string> AdditionsSince(const Surface& before) const;

  bool empty() const { return lines_.empty(); }

 private:
  std::vector<std::string> lines_;
};

}  // namespace gossamer::api

#endif  // API_COMPATIBILITY_SURFACE_H_
