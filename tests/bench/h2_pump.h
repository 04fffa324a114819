#ifndef TESTS_BENCH_H2_PUMP_H_
#define TESTS_BENCH_H2_PUMP_H_

#include <nghttp2/nghttp2.h>

#include <string>
#include <utility>
#include <vector>

namespace gossamer::bench {

// Carries one nghttp2 session over a non-blocking socket. Of the load programs alone: they use
// nothing of the code that they measure. Owns both; one thread.
class H2Pump {
 public:
  explicit H2Pump(int fd) : fd_(fd) {}
  H2Pump(const H2Pump&) = delete;
  H2Pump& operator=(const H2Pump&) = delete;
  ~H2Pump();

  // To be called once, after the callbacks are set.
  void Begin(nghttp2_session* session) { session_ = session; }
  nghttp2_session* session() { return session_; }

  // Reads and writes what there is. False where the connection has ended.
  bool OnReady();
  // Writes what the session has to say. False where the connection has ended.
  bool Flush();

 private:
  const int fd_;
  nghttp2_session* session_ = nullptr;
  std::string unsent_;
};

using Headers = std::vector<std::pair<std::string, std::string>>;

// Borrows the strings: `headers` must outlive the result's use.
std::vector<nghttp2_nv> NameValues(const Headers& headers);

}  // namespace gossamer::bench

#endif  // TESTS_BENCH_H2_PUMP_H_
