#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>

#include "cli/app.h"
#include "cli/output/console.h"

int main(int argc, char** argv) {
  // A reader that closes the pipe early (head, less) ends the program as it ends any other.
  std::signal(SIGPIPE, SIG_DFL);
  // What gRPC has to say is in the errors that it returns.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  gossamer::cli::Console console{&std::cout, &std::cerr};
  const char* no_color = std::getenv("NO_COLOR");
  console.colors = isatty(STDOUT_FILENO) == 1 && (no_color == nullptr || *no_color == '\0');
  const int exit_code = gossamer::cli::RunApp(argc, argv, console);
  std::cout.flush();
  return std::cout.good() ? exit_code : gossamer::cli::kExitFailure;
}
