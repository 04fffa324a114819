#ifndef LIB_SERVICE_FLAGS_H_
#define LIB_SERVICE_FLAGS_H_

#include <optional>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/log/log.h"

namespace gossamer::service {

// The exit code of a command line that is wrong (EX_USAGE of sysexits.h).
inline constexpr int kExitUsage = 64;

// A service's command line: the flags that all services have, and those that it adds.
//
//   --log-level, --log-format, --admin-addr, --shutdown-grace, --version, --help
//
// Owned by main(), used by it alone. Nothing is thrown to the caller.
class Flags {
 public:
  struct Program {
    std::string name;           // kProgram of the version library.
    std::string version;        // kVersion.
    std::string description;    // For --help: a sentence or two.
    std::string admin_address;  // The default of --admin-addr.
  };

  explicit Flags(Program program);
  Flags(const Flags&) = delete;
  Flags& operator=(const Flags&) = delete;

  // Where the service adds flags of its own, by CLI11's add_option and add_flag.
  CLI::App& app() { return app_; }

  // A flag for an address to listen on, such as "0.0.0.0:8080", "[::]:8080" or ":8080" (which is
  // 0.0.0.0). What `address` holds is the default.
  void AddListenAddress(const std::string& flag, std::string* address,
                        const std::string& description);
  // A flag for a time: "300ms", "10s", "1h30m". What `duration` holds is the default.
  void AddDuration(const std::string& flag, absl::Duration* duration,
                   const std::string& description);
  // An example for --help: a command line and what it does.
  void AddExample(absl::string_view command, absl::string_view meaning);

  // Reads the command line and sets up logging as it says. Returns the exit code where the program
  // is to end at once: 0 after --help and --version, kExitUsage after an error, which names the
  // flag.
  [[nodiscard]] std::optional<int> Parse(int argc, const char* const* argv);

  const Program& program() const { return program_; }
  const std::string& admin_address() const { return admin_address_; }
  absl::Duration shutdown_grace() const { return shutdown_grace_; }

 private:
  std::optional<int> Refuse(absl::string_view message) const;

  Program program_;
  CLI::App app_;
  std::vector<std::string> examples_;
  std::string log_level_ = "info";
  log::Format log_format_ = log::Format::kPlain;
  std::string admin_address_;
  absl::Duration shutdown_grace_ = absl::Seconds(10);
};

}  // namespace gossamer::service

#endif  // LIB_SERVICE_FLAGS_H_
