#include "lib/http/http1/date.h"

#include <ctime>

namespace gossamer::http1 {
namespace {

struct FormattedSecond {
  time_t second = 0;
  char text[32];
  size_t length = 0;
};

}  // namespace

absl::string_view CurrentDate() {
  static thread_local FormattedSecond last;
  timespec now;
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  if (now.tv_sec != last.second) {
    tm parts;
    gmtime_r(&now.tv_sec, &parts);
    last.length = strftime(last.text, sizeof(last.text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    last.second = now.tv_sec;
  }
  return absl::string_view(last.text, last.length);
}

}  // namespace gossamer::http1
