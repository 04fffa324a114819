// Parses the input as log directives: strict and lenient must agree, and the text of the result
// must parse again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "lib/log/filter.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using gossamer::log::Filter;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const Filter::Lenient lenient = Filter::ParseLenient(text);
  const absl::StatusOr<Filter> strict = Filter::Parse(text);
  if (strict.ok() != lenient.faults.empty()) abort();
  if (strict.ok()) {
    const absl::StatusOr<Filter> again = Filter::Parse(strict->text());
    if (!again.ok() || again->text() != strict->text()) abort();
  }
  const gossamer::log::Field fields[] = {{"headers", "x"}, {"n", 1}};
  if (lenient.filter.LevelOf("proxy::inbound", fields) >
      lenient.filter.MaxLevel("proxy::inbound")) {
    abort();
  }
  return 0;
}
