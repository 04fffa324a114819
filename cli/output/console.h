#ifndef CLI_OUTPUT_CONSOLE_H_
#define CLI_OUTPUT_CONSOLE_H_

#include <ostream>
#include <string>

#include "absl/strings/string_view.h"

namespace gossamer::cli {

// Exit codes. A command that found nothing has still succeeded.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;

// Where a run of the CLI reads and writes; a test gives its own. Everything is borrowed.
struct Console {
  std::ostream* out;
  std::ostream* err;
  // Whether `out` may have colours: it is a terminal, and NO_COLOR is not set.
  bool colors = false;
};

enum class Color { kGreen, kYellow, kRed };

// `text` in bold and in colour where the console has colours.
std::string Colored(const Console& console, Color color, absl::string_view text);

}  // namespace gossamer::cli

#endif  // CLI_OUTPUT_CONSOLE_H_
