#ifndef PROXY_INIT_COMMAND_H_
#define PROXY_INIT_COMMAND_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace gossamer::proxy_init {

// The path of a program: looked up on PATH, then where system programs are; one with a slash stays.
// Empty when there is none.
std::string FindProgram(const std::string& program);

// Runs a program to its end, without a shell, and returns its standard output. NotFound where there
// is no such program; Internal, with the command and what it printed on standard error, where it
// fails. What it prints is kept up to 1 MiB.
absl::StatusOr<std::string> RunCommand(const std::vector<std::string>& command);

}  // namespace gossamer::proxy_init

#endif  // PROXY_INIT_COMMAND_H_
