#ifndef CLI_OUTPUT_CHECK_OUTPUT_H_
#define CLI_OUTPUT_CHECK_OUTPUT_H_

#include <string>
#include <vector>

#include "cli/output/console.h"

namespace gossamer::cli {

enum class CheckOutcome { kSuccess, kWarning, kError };

struct CheckResult {
  std::string description;
  CheckOutcome outcome = CheckOutcome::kSuccess;
  std::string error;  // Empty on success.
  std::string hint;   // Where to read what to do.
};

struct CheckCategory {
  std::string name;
  std::vector<CheckResult> checks;
};

// False when a check that is no warning failed.
bool AllPassed(const std::vector<CheckCategory>& categories);

// One category under its heading; with `only_failures` nothing of what is well.
std::string CheckText(const CheckCategory& category, bool only_failures, const Console& console);
// The last line.
std::string CheckVerdict(bool passed, const Console& console);
// docs/CLI.md describes it.
std::string CheckJson(const std::vector<CheckCategory>& categories);

}  // namespace gossamer::cli

#endif  // CLI_OUTPUT_CHECK_OUTPUT_H_
