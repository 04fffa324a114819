#include "lib/service/flags.h"

#include <iostream>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/net/ip.h"

namespace gossamer::service {
namespace {

constexpr size_t kHelpColumn = 38;

// "0.0.0.0" stands for what an address without a host leaves out. Returns what is wrong, as CLI11
// has it: nothing when all is well.
std::string CheckListenAddress(std::string& text) {
  if (!text.empty() && text.front() == ':') text.insert(0, "0.0.0.0");
  if (net::SocketAddress::Parse(text).ok()) return "";
  return absl::StrCat("'", text,
                      "' is no address to listen on; expected an IP address and a port, such as "
                      "0.0.0.0:8080 or [::]:8080");
}

}  // namespace

Flags::Flags(Program program)
    : program_(std::move(program)),
      app_(program_.description, program_.name),
      admin_address_(program_.admin_address) {
  app_.get_formatter()->column_width(kHelpColumn);
  app_.option_defaults()->always_capture_default();
  app_.set_version_flag("--version", program_.name + " " + program_.version,
                        "Print the version and exit");
  app_.set_help_flag("-h,--help", "Print this help and exit");
  app_.add_option("--log-level", log_level_,
                  "What to log: off, error, warn, info, debug or trace, also by module, such as "
                  "info,destination=debug");
  app_.add_option("--log-format", log_format_, "How to log: plain or json")
      ->transform(CLI::CheckedTransformer(std::map<std::string, log::Format>{
          {"plain", log::Format::kPlain}, {"json", log::Format::kJson}}))
      ->default_str("plain")
      ->type_name("FORMAT");
  AddListenAddress("--admin-addr", &admin_address_, "Where to serve /live, /ready and /metrics");
  AddDuration("--shutdown-grace", &shutdown_grace_,
              "How long calls in progress may go on after SIGTERM");
}

void Flags::AddListenAddress(const std::string& flag, std::string* address,
                             const std::string& description) {
  app_.add_option(flag, *address, description)
      ->transform(CLI::Validator(CheckListenAddress, "", "listen address"))
      ->type_name("ADDR:PORT");
}

void Flags::AddDuration(const std::string& flag, absl::Duration* duration,
                        const std::string& description) {
  app_.add_option_function<std::string>(
          flag,
          [flag, duration](const std::string& text) {
            absl::Duration value;
            if (!absl::ParseDuration(text, &value) || value < absl::ZeroDuration()) {
              throw CLI::ValidationError(
                  flag, absl::StrCat("'", text, "' is no time; expected one such as 300ms or 10s"));
            }
            *duration = value;
          },
          description)
      ->default_str(absl::FormatDuration(*duration))
      ->type_name("TIME");
}

void Flags::AddExample(absl::string_view command, absl::string_view meaning) {
  examples_.push_back(absl::StrCat("  ", command, "\n      ", meaning));
}

std::optional<int> Flags::Parse(int argc, const char* const* argv) {
  if (!examples_.empty()) {
    app_.footer(absl::StrCat("Examples:\n", absl::StrJoin(examples_, "\n")));
  }
  try {
    app_.parse(argc, const_cast<char**>(argv));
  } catch (const CLI::Success& help) {
    return app_.exit(help, std::cout, std::cout);
  } catch (const CLI::Error& error) {
    return Refuse(error.what());
  } catch (const std::exception& error) {
    return Refuse(error.what());
  }
  log::Options options;
  options.format = log_format_;
  log::Init(options);
  if (const absl::Status status = log::SetFilter(log_level_); !status.ok()) {
    return Refuse(absl::StrCat("--log-level: ", status.message()));
  }
  return std::nullopt;
}

std::optional<int> Flags::Refuse(absl::string_view message) const {
  std::cerr << program_.name << ": " << message << "\nTry '" << program_.name << " --help'.\n";
  return kExitUsage;
}

}  // namespace gossamer::service
