#include "tests/bench/load_run.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "lib/status/status_macros.h"
#include "nlohmann/json.hpp"
#include "tests/support/runfiles.h"

namespace gossamer::bench {
namespace {

constexpr absl::Duration kHoldTimeout = absl::Seconds(60);
constexpr absl::Duration kPollInterval = absl::Milliseconds(20);

int PortOf(const Contestant& contestant, const std::string& mode) {
  if (mode == "http2") return contestant.http2_port;
  return mode == "bulk" ? contestant.bulk_port : contestant.http1_port;
}

std::vector<std::string> Command(const Contestant& contestant, const std::string& mode,
                                 const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {
      harness::Runfile("tests/bench/load_client"), mode,          contestant.ip,
      absl::StrCat(PortOf(contestant, mode)),      "--authority", contestant.authority};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

// Of a client that ended well.
absl::StatusOr<LoadAnswer> Parse(const std::string& text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return absl::InternalError(absl::StrCat("load_client printed ", text));
  LoadAnswer answer;
  answer.requests = json.value("requests", 0.0);
  answer.bytes = json.value("bytes", 0.0);
  answer.seconds = json.value("seconds", 1.0);
  answer.latencies_us = json.value("latencies_us", std::vector<double>());
  return answer;
}

}  // namespace

absl::StatusOr<LoadAnswer> RunLoad(const Contestant& contestant, const std::string& mode,
                                   const std::vector<std::string>& arguments, double seconds) {
  std::vector<std::string> command = Command(contestant, mode, arguments);
  command.push_back(absl::StrCat("--seconds=", seconds));
  const std::string who = absl::StrCat(contestant.name, ", ", mode);
  const absl::StatusOr<std::string> text =
      harness::RunCommand(command, contestant.client->network_fd());
  if (text.ok()) return Parse(*text);
  return absl::UnavailableError(absl::StrCat(who, ": ", text.status().message()));
}

absl::StatusOr<std::unique_ptr<BackgroundLoad>> BackgroundLoad::Start(
    const Contestant& contestant, const std::string& mode,
    const std::vector<std::string>& arguments, const std::string& log_path) {
  harness::Process::Options options;
  options.name = "load_client";
  options.argv = Command(contestant, mode, arguments);
  options.log_path = log_path;
  options.network_fd = contestant.client->network_fd();
  GOSSAMER_ASSIGN_OR_RETURN(std::unique_ptr<harness::Process> client,
                            harness::Process::Start(options));
  return std::unique_ptr<BackgroundLoad>(
      new BackgroundLoad(absl::StrCat(contestant.name, ", ", mode), std::move(client)));
}

absl::Status BackgroundLoad::WaitHeld() {
  const absl::Time deadline = absl::Now() + kHoldTimeout;
  while (!absl::StrContains(client_->LogTail(), "ready")) {
    if (!client_->Running() || absl::Now() > deadline) {
      return absl::UnavailableError(
          absl::StrCat(who_, ": the connections cannot be held: ", client_->LogTail()));
    }
    absl::SleepFor(kPollInterval);
  }
  return absl::OkStatus();
}

absl::StatusOr<LoadAnswer> BackgroundLoad::Answer() {
  GOSSAMER_ASSIGN_OR_RETURN(const int exit_code, client_->Wait(kHoldTimeout));
  if (exit_code == 0) return Parse(client_->LogTail());
  return absl::UnavailableError(absl::StrCat(who_, ": ", client_->LogTail()));
}

}  // namespace gossamer::bench
