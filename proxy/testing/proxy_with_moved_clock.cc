// The proxy with a wall clock that a test moves: the file that GOSSAMER_TEST_CLOCK_FILE names holds
// by how many seconds it is ahead of the system's, a negative number for behind. Without a file it
// is right. It is read whenever the time is asked for.

#include <cstdlib>
#include <fstream>
#include <string>

#include "absl/time/time.h"
#include "lib/time/clock.h"
#include "proxy/proxy_main.h"

namespace gossamer::proxy {
namespace {

class MovedClock final : public Clock {
 public:
  explicit MovedClock(std::string file) : file_(std::move(file)) {}

  absl::Time Now() const override {
    int64_t ahead = 0;
    std::ifstream(file_) >> ahead;
    return Clock::Real()->Now() + absl::Seconds(ahead);
  }
  absl::Duration Monotonic() const override { return Clock::Real()->Monotonic(); }

 private:
  const std::string file_;
};

int Main(int argc, char** argv) {
  const char* file = std::getenv("GOSSAMER_TEST_CLOCK_FILE");
  static const MovedClock clock(file == nullptr ? "" : file);
  return ProxyMain(argc, argv, &clock);
}

}  // namespace
}  // namespace gossamer::proxy

int main(int argc, char** argv) { return gossamer::proxy::Main(argc, argv); }
