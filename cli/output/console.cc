#include "cli/output/console.h"

#include "absl/strings/str_cat.h"

namespace gossamer::cli {
namespace {

const char* CodeOf(Color color) {
  switch (color) {
    case Color::kGreen:
      return "32";
    case Color::kYellow:
      return "33";
    case Color::kRed:
      return "31";
  }
  return "0";
}

}  // namespace

std::string Colored(const Console& console, Color color, absl::string_view text) {
  if (!console.colors) return std::string(text);
  return absl::StrCat("\033[", CodeOf(color), ";1m", text, "\033[0;22m");
}

}  // namespace gossamer::cli
