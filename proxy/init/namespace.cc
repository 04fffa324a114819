#include "proxy/init/namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "lib/net/socket.h"

namespace gossamer::proxy_init {
namespace {

constexpr char kCloseWaitTimeout[] = "/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_close_wait";

}  // namespace

absl::Status EnterNetworkNamespace(const std::string& path) {
  const net::UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid() || setns(fd.get(), CLONE_NEWNET) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("enter network namespace ", path));
  }
  return absl::OkStatus();
}

absl::Status SetCloseWaitTimeout(int seconds) {
  const std::string text = absl::StrCat(seconds);
  const net::UniqueFd fd(open(kCloseWaitTimeout, O_WRONLY | O_CLOEXEC));
  if (!fd.valid() ||
      write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return absl::ErrnoToStatus(errno, absl::StrCat("write ", text, " to ", kCloseWaitTimeout));
  }
  return absl::OkStatus();
}

}  // namespace gossamer::proxy_init
