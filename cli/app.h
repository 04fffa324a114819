#ifndef CLI_APP_H_
#define CLI_APP_H_

#include "cli/output/console.h"

namespace gossamer::cli {

// Runs the program with its command line and returns its exit code: 0 when it succeeded, 1 when it
// failed, 2 when the command line makes no sense. Nothing is thrown to the caller.
int RunApp(int argc, const char* const* argv, const Console& console);

}  // namespace gossamer::cli

#endif  // CLI_APP_H_
