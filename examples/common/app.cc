#include "examples/common/app.h"

#include <signal.h>

#include <iostream>

namespace gossamer::examples {
namespace {

constexpr char kVersion[] = "0.1.0";

}  // namespace

App::App(const std::string& name, const std::string& description) : flags_(description, name) {
  flags_.set_version_flag("--version", name + " " + kVersion);
  flags_.add_option("--control-port", control_port_, "Port of the counters; not for the mesh")
      ->capture_default_str();
  control_.Get("/counts", [this](const httplib::Request&, httplib::Response& response) {
    response.set_content(counters_.ToJson(), "application/json");
  });
  control_.Get("/healthz", [](const httplib::Request&, httplib::Response& response) {
    response.set_content("ok\n", "text/plain");
  });
}

int App::Run(int argc, char** argv, const std::function<std::string()>& start,
             const std::function<void()>& stop) {
  CLI11_PARSE(flags_, argc, argv);
  // Blocked before any thread starts, so that only sigwait() below sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);

  if (const std::string problem = start(); !problem.empty()) {
    std::cerr << flags_.get_name() << ": " << problem << std::endl;
    return 1;
  }
  if (!control_.bind_to_port("0.0.0.0", control_port_)) {
    std::cerr << flags_.get_name() << ": cannot listen on --control-port " << control_port_
              << std::endl;
    stop();
    return 1;
  }
  std::thread control_thread([this] { control_.listen_after_bind(); });
  std::cout << flags_.get_name() << ": running" << std::endl;

  int signal = 0;
  sigwait(&signals, &signal);
  stop();
  control_.stop();
  control_thread.join();
  return 0;
}

}  // namespace gossamer::examples
