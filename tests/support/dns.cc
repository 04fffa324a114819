#include "tests/support/dns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace gossamer::harness {
namespace {

constexpr uint16_t kTypeA = 1;
constexpr uint16_t kTypeAaaa = 28;
constexpr uint16_t kTypeSrv = 33;
constexpr uint16_t kClassInternet = 1;
constexpr size_t kHeaderSize = 12;
constexpr int kTtlSeconds = 5;
constexpr int kNameError = 3;
// A pod by its address: 10-42-0-3.pod.cluster.local and the targets of SRV answers.
constexpr size_t kPacketMax = 1400;

struct Question {
  std::string name;
  uint16_t type = 0;
  size_t end = 0;  // Where the question ends in the packet.
};

uint16_t ReadUint16(absl::string_view packet, size_t at) {
  return static_cast<uint16_t>(static_cast<uint8_t>(packet[at]) << 8 |
                               static_cast<uint8_t>(packet[at + 1]));
}

void AppendUint16(std::string* out, int value) {
  out->push_back(static_cast<char>(value >> 8));
  out->push_back(static_cast<char>(value & 0xff));
}

void AppendName(std::string* out, absl::string_view name) {
  for (absl::string_view label : absl::StrSplit(name, '.', absl::SkipEmpty())) {
    out->push_back(static_cast<char>(label.size()));
    absl::StrAppend(out, label);
  }
  out->push_back(0);
}

// False where the packet is malformed: queries carry no compressed names.
bool ParseQuestion(absl::string_view packet, Question* question) {
  if (packet.size() < kHeaderSize || (packet[2] & 0x80) != 0 || ReadUint16(packet, 4) != 1) {
    return false;
  }
  size_t at = kHeaderSize;
  while (at < packet.size() && packet[at] != 0) {
    const size_t length = static_cast<uint8_t>(packet[at]);
    if (length > 63 || at + 1 + length >= packet.size()) return false;
    if (!question->name.empty()) question->name.push_back('.');
    absl::StrAppend(&question->name, absl::AsciiStrToLower(packet.substr(at + 1, length)));
    at += 1 + length;
  }
  if (at + 5 > packet.size()) return false;
  question->type = ReadUint16(packet, at + 1);
  question->end = at + 5;
  return true;
}

// An answer whose owner is the question's name (a pointer to it).
void AppendAnswer(std::string* out, uint16_t type, absl::string_view data) {
  AppendUint16(out, 0xc000 | kHeaderSize);
  AppendUint16(out, type);
  AppendUint16(out, kClassInternet);
  AppendUint16(out, 0);
  AppendUint16(out, kTtlSeconds);
  AppendUint16(out, static_cast<int>(data.size()));
  absl::StrAppend(out, data);
}

bool IsIpv6(const std::string& address) { return absl::StrContains(address, ':'); }

std::string AddressData(const std::string& address) {
  char value[sizeof(in6_addr)] = {};
  const bool ipv6 = IsIpv6(address);
  inet_pton(ipv6 ? AF_INET6 : AF_INET, address.c_str(), value);
  return std::string(value, ipv6 ? sizeof(in6_addr) : sizeof(in_addr));
}

std::string SrvData(absl::string_view name, const std::string& address, int port) {
  std::string data;
  AppendUint16(&data, 0);    // Priority.
  AppendUint16(&data, 100);  // Weight.
  AppendUint16(&data, port);
  AppendName(&data, absl::StrCat(absl::StrReplaceAll(address, {{".", "-"}}), ".", name));
  return data;
}

// The entry of `name`, or of the service whose SRV target `name` is.
const DnsName* Find(const DnsZone& zone, const std::string& name, DnsName* one_target) {
  if (const auto found = zone.find(name); found != zone.end()) return &found->second;
  const size_t dot = name.find('.');
  if (dot == std::string::npos) return nullptr;
  const auto parent = zone.find(name.substr(dot + 1));
  if (parent == zone.end()) return nullptr;
  for (const std::string& address : parent->second.addresses) {
    if (absl::StrReplaceAll(address, {{".", "-"}}) != name.substr(0, dot)) continue;
    one_target->addresses = {address};
    return one_target;
  }
  return nullptr;
}

}  // namespace

std::string AnswerDnsQuery(absl::string_view packet, const DnsZone& zone) {
  Question question;
  if (!ParseQuestion(packet, &question)) return "";
  DnsName one_target;
  const DnsName* entry = Find(zone, question.name, &one_target);
  std::string answers;
  int count = 0;
  for (const std::string& address :
       entry != nullptr ? entry->addresses : std::vector<std::string>()) {
    if (answers.size() > kPacketMax - 200) break;
    if (question.type == (IsIpv6(address) ? kTypeAaaa : kTypeA)) {
      AppendAnswer(&answers, question.type, AddressData(address));
    } else if (question.type == kTypeSrv && entry->port != 0) {
      AppendAnswer(&answers, kTypeSrv, SrvData(question.name, address, entry->port));
    } else {
      continue;  // The name exists; this is of another type.
    }
    ++count;
  }
  std::string reply(packet.substr(0, 2));
  AppendUint16(&reply, 0x8580 | (entry == nullptr ? kNameError : 0));
  AppendUint16(&reply, 1);
  AppendUint16(&reply, count);
  AppendUint16(&reply, 0);
  AppendUint16(&reply, 0);
  absl::StrAppend(&reply, packet.substr(kHeaderSize, question.end - kHeaderSize), answers);
  return reply;
}

absl::StatusOr<std::unique_ptr<ClusterDns>> ClusterDns::Start(const std::string& address,
                                                              int port) {
  std::unique_ptr<ClusterDns> dns(new ClusterDns());
  dns->fd_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  dns->stop_fd_ = eventfd(0, EFD_CLOEXEC);
  sockaddr_in local = {};
  local.sin_family = AF_INET;
  local.sin_port = htons(static_cast<uint16_t>(port));
  inet_pton(AF_INET, address.c_str(), &local.sin_addr);
  socklen_t size = sizeof(local);
  if (bind(dns->fd_, reinterpret_cast<sockaddr*>(&local), size) != 0 ||
      getsockname(dns->fd_, reinterpret_cast<sockaddr*>(&local), &size) != 0) {
    return absl::UnavailableError(
        absl::StrCat("dns: bind ", address, ":", port, ": ", strerror(errno)));
  }
  dns->port_ = ntohs(local.sin_port);
  dns->thread_ = std::thread([raw = dns.get()] { raw->Serve(); });
  return dns;
}

ClusterDns::~ClusterDns() {
  if (thread_.joinable()) {
    eventfd_write(stop_fd_, 1);
    thread_.join();
  }
  if (fd_ >= 0) close(fd_);
  if (stop_fd_ >= 0) close(stop_fd_);
}

void ClusterDns::Set(const std::string& name, DnsName value) {
  absl::MutexLock lock(&mutex_);
  zone_[name] = std::move(value);
}

void ClusterDns::Remove(const std::string& name) {
  absl::MutexLock lock(&mutex_);
  zone_.erase(name);
}

void ClusterDns::Serve() {
  // Signals are for the program's own threads.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
  for (;;) {
    pollfd fds[] = {{fd_, POLLIN, 0}, {stop_fd_, POLLIN, 0}};
    if (poll(fds, 2, -1) < 0 && errno != EINTR) return;
    if (fds[1].revents != 0) return;
    if (fds[0].revents == 0) continue;
    char buffer[kPacketMax];
    sockaddr_storage peer;
    socklen_t peer_size = sizeof(peer);
    const ssize_t size =
        recvfrom(fd_, buffer, sizeof(buffer), 0, reinterpret_cast<sockaddr*>(&peer), &peer_size);
    if (size <= 0) continue;
    std::string reply;
    {
      absl::MutexLock lock(&mutex_);
      reply = AnswerDnsQuery(absl::string_view(buffer, static_cast<size_t>(size)), zone_);
    }
    if (reply.empty()) continue;
    sendto(fd_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&peer), peer_size);
  }
}

}  // namespace gossamer::harness
