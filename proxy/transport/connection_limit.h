#ifndef PROXY_TRANSPORT_CONNECTION_LIMIT_H_
#define PROXY_TRANSPORT_CONNECTION_LIMIT_H_

#include <cstdint>

// How the proxy lives within the descriptors that it is given: it takes as many clients as it can
// also dial servers for. What comes beyond that, or while memory is short, waits in the kernel's
// backlog.
namespace gossamer::proxy {

// How many clients each of `workers` may serve at a time with so many descriptors: each client has
// one descriptor and needs one more for its server, beside what the proxy has open for itself.
// At least 1.
int ConnectionsPerWorker(uint64_t descriptors, int workers);

// Counts one worker's client connections. Bound to its thread.
class ConnectionLimit {
 public:
  // A connection's place, as long as it lives. The limit outlives it.
  class Place {
   public:
    explicit Place(ConnectionLimit* limit) : limit_(limit) { ++limit_->in_use_; }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { --limit_->in_use_; }

   private:
    ConnectionLimit* const limit_;
  };

  explicit ConnectionLimit(int max) : max_(max) {}
  ConnectionLimit(const ConnectionLimit&) = delete;
  ConnectionLimit& operator=(const ConnectionLimit&) = delete;

  // Whoever accepts connections asks first. A place can be taken all the same.
  bool full() const { return in_use_ >= max_ || short_of_memory_; }
  // While it is, no new work is taken on, whatever the number of clients.
  bool short_of_memory() const { return short_of_memory_; }
  void set_short_of_memory(bool is_short) { short_of_memory_ = is_short; }
  int in_use() const { return in_use_; }
  int max() const { return max_; }

 private:
  const int max_;
  int in_use_ = 0;
  bool short_of_memory_ = false;
};

}  // namespace gossamer::proxy

#endif  // PROXY_TRANSPORT_CONNECTION_LIMIT_H_
