#ifndef CLI_COMMANDS_CHECK_CHECK_H_
#define CLI_COMMANDS_CHECK_CHECK_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cli/client/viz_client.h"
#include "cli/output/check_output.h"

namespace gossamer::cli {

struct CheckOptions {
  std::string namespace_name;  // Of the data plane; empty for all.
  absl::Duration wait = absl::Minutes(5);
  // The admin ports of what is to be checked, host:port; those that are not known are passed over.
  std::string public_api_admin;
  std::string destination_admin;
  std::string identity_admin;
};

// Runs all checks in order and hands each category to `done` when it is complete. Checks that time
// can mend are repeated until `wait` is over. A fatal failure ends the run.
class Checker {
 public:
  // `client` is borrowed. `sleep` waits between two tries.
  Checker(VizClient* client, CheckOptions options, std::function<void(absl::Duration)> sleep);

  std::vector<CheckCategory> Run(const std::function<void(const CheckCategory&)>& done);

 private:
  // What a failure means.
  struct Severity {
    bool warning = false;
    bool retried = false;
  };

  // Runs one check to its end; false when it failed for good.
  bool RunOne(const std::string& description, const std::string& anchor, Severity severity,
              const std::function<absl::Status()>& check, CheckCategory* category);

  bool CheckApi(CheckCategory* category);
  void CheckControlPlane(CheckCategory* category);
  void CheckVersion(CheckCategory* category);
  void CheckDataPlane(CheckCategory* category);
  absl::Status SelfCheckOf(const std::string& description);

  VizClient* const client_;
  const CheckOptions options_;
  const std::function<void(absl::Duration)> sleep_;
  absl::Time deadline_;
};

}  // namespace gossamer::cli

#endif  // CLI_COMMANDS_CHECK_CHECK_H_
