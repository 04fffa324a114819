#ifndef LIB_CONFIG_PORT_SET_H_
#define LIB_CONFIG_PORT_SET_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace gossamer::config {

// A set of ports, kept as ranges: `1-65535` costs as much as one port. By value.
class PortSet {
 public:
  struct Range {
    uint16_t first;
    uint16_t last;  // Inclusive.
    friend bool operator==(const Range& a, const Range& b) {
      return a.first == b.first && a.last == b.last;
    }
  };

  // A comma-separated list of `80` and `8000-8080`; blanks and empty items are ignored.
  static absl::StatusOr<PortSet> Parse(absl::string_view text);

  void Add(uint16_t port) { AddRange({port, port}); }
  // `range.first` is not after `range.last`.
  void AddRange(Range range);

  bool Contains(uint16_t port) const;
  bool empty() const { return ranges_.empty(); }
  // In order, apart from each other.
  const std::vector<Range>& ranges() const { return ranges_; }
  // As Parse() takes it.
  std::string ToString() const;

  friend bool operator==(const PortSet& a, const PortSet& b) { return a.ranges_ == b.ranges_; }

 private:
  std::vector<Range> ranges_;
};

}  // namespace gossamer::config

#endif  // LIB_CONFIG_PORT_SET_H_
