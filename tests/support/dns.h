#ifndef TESTS_SUPPORT_DNS_H_
#define TESTS_SUPPORT_DNS_H_

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace gossamer::harness {

// Answers one DNS query from `zone`; empty where the packet is no query. Pure.
//
// A name has IPv4 and IPv6 addresses, and a port where it can be asked for by SRV: as a cluster's
// name server does, each target of a SRV answer is named by its (IPv4) address with dashes.
struct DnsName {
  std::vector<std::string> addresses;
  int port = 0;  // 0: no SRV records.
};
using DnsZone = std::map<std::string, DnsName>;  // Lower case, no dot at the end.
std::string AnswerDnsQuery(absl::string_view packet, const DnsZone& zone);

// The cluster's name server: UDP on its own thread, from creation to destruction.
class ClusterDns {
 public:
  // Binds `address`:`port` in the caller's network namespace; port 0 takes a free one.
  static absl::StatusOr<std::unique_ptr<ClusterDns>> Start(const std::string& address, int port);

  ClusterDns(const ClusterDns&) = delete;
  ClusterDns& operator=(const ClusterDns&) = delete;
  ~ClusterDns();

  int port() const { return port_; }
  void Set(const std::string& name, DnsName value) ABSL_LOCKS_EXCLUDED(mutex_);
  void Remove(const std::string& name) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  ClusterDns() = default;
  void Serve() ABSL_LOCKS_EXCLUDED(mutex_);

  int fd_ = -1;
  int stop_fd_ = -1;
  int port_ = 0;
  absl::Mutex mutex_;
  DnsZone zone_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace gossamer::harness

#endif  // TESTS_SUPPORT_DNS_H_
