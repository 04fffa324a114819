#ifndef TESTS_BENCH_CLIENT_CONNECTION_H_
#define TESTS_BENCH_CLIENT_CONNECTION_H_

#include <stddef.h>
#include <stdint.h>

#include <string>
#include <unordered_map>
#include <vector>

#include "tests/bench/h2_pump.h"

namespace gossamer::bench {

// Of a clock that never goes back.
int64_t NowNs();

// What came of the requests so far.
struct Tally {
  int64_t requests = 0;
  int64_t errors = 0;
  int64_t bytes = 0;
  std::string first_error;  // How the first answer that is not the server's began.
  // Of answered requests, from the time that each was begun or due. Kept where `keep_latency`.
  bool keep_latency = false;
  std::vector<float> latency_us;

  void Answered(bool ok, int64_t begun_ns);
};

// One connection of the load client. Owns its socket.
class Connection {
 public:
  enum class Outcome {
    kGoesOn,
    kAnswered,  // Of a connection for a single request: that has its answer.
    kOver,      // The connection ended when it might.
    kBroken,    // It ended too early.
  };

  virtual ~Connection() = default;
  // Sends the first requests. False where that cannot be done.
  virtual bool Start() = 0;
  virtual Outcome OnReadable() = 0;
};

// HTTP/1.1 with one request under way.
class Http1Connection : public Connection {
 public:
  enum class Use {
    kRepeat,    // The next request follows each answer.
    kOnDemand,  // Send() says when.
    kOnce,      // One request; the server ends the connection.
  };

  // `request` and `tally` outlive it.
  Http1Connection(int fd, const std::string* request, Use use, Tally* tally)
      : fd_(fd), request_(request), use_(use), tally_(tally) {}
  ~Http1Connection() override;

  bool idle() const { return idle_; }
  bool Start() override { return use_ == Use::kOnDemand || Send(NowNs()); }
  // `begun_ns` is when the request was due.
  bool Send(int64_t begun_ns);
  Outcome OnReadable() override;

 private:
  Outcome OnAnswer(bool ok);

  const int fd_;
  const std::string* const request_;
  const Use use_;
  Tally* const tally_;
  std::string answer_;
  int64_t begun_ns_ = 0;
  bool idle_ = true;
  bool answered_ = false;
};

// Reads what the server sends without end.
class BulkConnection : public Connection {
 public:
  BulkConnection(int fd, Tally* tally) : fd_(fd), tally_(tally) {}
  ~BulkConnection() override;

  bool Start() override;
  Outcome OnReadable() override;

 private:
  const int fd_;
  Tally* const tally_;
};

// HTTP/2 with a fixed number of requests under way.
class Http2Connection : public Connection {
 public:
  struct Options {
    std::string authority;
    int streams = 1;
    bool grpc = false;  // One message of kGrpcPayload each way, and trailers.
  };
  Http2Connection(int fd, const Options& options, Tally* tally);

  bool Start() override;
  Outcome OnReadable() override { return pump_.OnReady() ? Outcome::kGoesOn : Outcome::kBroken; }

 private:
  struct Request {
    int64_t begun_ns = 0;
    bool ok = false;
    size_t body = 0;
  };

  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                      size_t name_size, const uint8_t* value, size_t value_size, uint8_t,
                      void* self);
  static int OnData(nghttp2_session*, uint8_t, int32_t stream, const uint8_t*, size_t size,
                    void* self);
  static int OnStreamClose(nghttp2_session*, int32_t stream, uint32_t, void* self);
  void SubmitRequest();

  H2Pump pump_;
  const Options options_;
  Tally* const tally_;
  Headers request_;
  std::unordered_map<int32_t, Request> requests_;
};

}  // namespace gossamer::bench

#endif  // TESTS_BENCH_CLIENT_CONNECTION_H_
