#ifndef EXAMPLES_COMMON_APP_H_
#define EXAMPLES_COMMON_APP_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "CLI/CLI.hpp"
#include "examples/common/counters.h"
#include "httplib.h"

namespace gossamer::examples {

// What the sample applications share: flags, counters, and a small HTTP server for whoever checks
// on them.
//
// That server listens on a port of its own which the mesh leaves alone:
//   GET /counts    the counters, as JSON
//   GET /healthz   "ok"
// An application adds its handlers with `control()` before Run().
class App {
 public:
  // Port of the control server unless --control-port says otherwise. The manifests list it in
  // config.linkerd.io/skip-inbound-ports.
  static constexpr int kControlPort = 9800;

  App(const std::string& name, const std::string& description);

  CLI::App& flags() { return flags_; }
  Counters& counters() { return counters_; }
  httplib::Server& control() { return control_; }

  // Reads the flags, then calls `start`, then waits for SIGTERM or SIGINT and calls `stop`.
  // `start` returns an empty string, or why the application cannot start. Returns the exit code.
  int Run(int argc, char** argv, const std::function<std::string()>& start,
          const std::function<void()>& stop);

 private:
  CLI::App flags_;
  Counters counters_;
  httplib::Server control_;
  int control_port_ = kControlPort;
};

}  // namespace gossamer::examples

#endif  // EXAMPLES_COMMON_APP_H_
