#ifndef PROXY_INIT_PORTS_H_
#define PROXY_INIT_PORTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace gossamer::proxy_init {

// The ports from `first` to `last`, both included.
struct PortRange {
  uint16_t first = 0;
  uint16_t last = 0;

  friend bool operator==(const PortRange& a, const PortRange& b) {
    return a.first == b.first && a.last == b.last;
  }
};

// "80,8000-8999": ports and ranges of 1 to 65535, in order. Empty elements are left out.
// InvalidArgument, naming the element, where one is wrong.
absl::StatusOr<std::vector<PortRange>> ParsePortRanges(absl::string_view text);

// As iptables writes lists of ports: "80,8000:8999". One list for as many ranges as a rule of the
// multiport match can hold: 15 ports, where a range counts as two.
std::vector<std::string> MultiportLists(const std::vector<PortRange>& ranges);

}  // namespace gossamer::proxy_init

#endif  // PROXY_INIT_PORTS_H_
