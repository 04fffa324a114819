#include "tests/bench/h2_pump.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gossamer::bench {
namespace {

constexpr size_t kReadSize = 64 * 1024;

}  // namespace

H2Pump::~H2Pump() {
  nghttp2_session_del(session_);
  close(fd_);
}

bool H2Pump::OnReady() {
  static uint8_t buffer[kReadSize];
  const ssize_t size = recv(fd_, buffer, sizeof(buffer), 0);
  if (size == 0) return false;
  if (size < 0) return errno == EAGAIN && Flush();
  return nghttp2_session_mem_recv(session_, buffer, static_cast<size_t>(size)) == size && Flush();
}

bool H2Pump::Flush() {
  const uint8_t* data = nullptr;
  for (;;) {
    const ssize_t size = nghttp2_session_mem_send(session_, &data);
    if (size < 0) return false;
    if (size == 0) break;
    unsent_.append(reinterpret_cast<const char*>(data), static_cast<size_t>(size));
  }
  if (unsent_.empty()) return true;
  const ssize_t sent = send(fd_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
  if (sent < 0) return errno == EAGAIN;
  unsent_.erase(0, static_cast<size_t>(sent));
  return true;
}

std::vector<nghttp2_nv> NameValues(const Headers& headers) {
  std::vector<nghttp2_nv> out;
  for (const auto& [name, value] : headers) {
    out.push_back({reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())),
                   reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), name.size(),
                   value.size(), NGHTTP2_NV_FLAG_NONE});
  }
  return out;
}

}  // namespace gossamer::bench
