#ifndef TESTS_CONFORMANCE_HTTP2_RAW_CLIENT_H_
#define TESTS_CONFORMANCE_HTTP2_RAW_CLIENT_H_

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/conformance/http2/frames.h"

namespace gossamer::conformance {

// What a client knows of one of its streams.
struct ClientStream {
  std::vector<int> interim;  // Statuses.
  int status = 0;
  Fields fields = {};  // Of the response's head.
  std::string body = {};
  Fields trailers = {};
  bool ended = false;  // By END_STREAM.
  bool reset = false;
  uint32_t reset_code = 0;
  int64_t send_window = 0;

  bool over() const { return ended || reset; }
};

// The client's end of an HTTP/2 connection, by frames. It reads and keeps what comes, acknowledges
// settings and pings, and otherwise sends what it is told, right or wrong. Blocking, one thread.
class RawClient {
 public:
  static constexpr int kTimeoutMs = 10'000;

  // Takes a connected descriptor. Nothing is sent.
  explicit RawClient(int fd);
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient();

  // Sends preface and settings and awaits the peer's. False where they do not come.
  bool Handshake(const std::vector<std::pair<uint16_t, uint32_t>>& settings = {});
  // Sends a request's head on a stream that is new.
  void StartRequest(uint32_t stream, const Fields& fields, bool end_stream = true);
  // False where the peer has gone.
  bool Send(absl::string_view bytes);
  // Reads until `condition` holds or the peer has closed; false where neither comes in time.
  bool ReadUntil(const std::function<bool()>& condition, int timeout_ms = kTimeoutMs);
  // Reads what is there, without waiting.
  void ReadAvailable() {
    ReadUntil([] { return false; }, 0);
  }
  // Until the stream is over (or the connection).
  const ClientStream& Await(uint32_t stream);
  // Sends DATA that takes `size` of the stream's window and the connection's, without asking them.
  bool SendCounted(absl::string_view frame, size_t size);
  // Sends as much of a body as the windows allow, waiting for them to open. False where the stream
  // or the connection ends before.
  bool SendBody(uint32_t stream, absl::string_view body, bool end_stream = true);

  // Gives received DATA back to the peer's windows at once (the default), or never.
  void set_opens_windows(bool opens) { opens_windows_ = opens; }

  ClientStream& stream(uint32_t id) { return streams_[id]; }
  bool closed() const { return closed_; }
  bool goaway() const { return goaway_; }
  uint32_t goaway_code() const { return goaway_code_; }
  uint32_t goaway_last_stream() const { return goaway_last_stream_; }
  int settings_acks() const { return settings_acks_; }
  int64_t send_window() const { return send_window_; }
  // Of the SETTINGS that came; the default where there is none.
  uint32_t peer_setting(uint16_t id, uint32_t otherwise) const;
  const std::vector<std::string>& pongs() const { return pongs_; }

 private:
  // False where nothing came in time or the peer has closed.
  bool ReadMore(int timeout_ms);
  void Handle(const Frame& frame);
  void HandleBlock(uint32_t stream, const std::string& block, bool end_stream);
  void HandleSettings(const Frame& frame);
  void HandleData(const Frame& frame);
  Fields Decode(const std::string& block);

  const int fd_;
  std::string bytes_;
  nghttp2_hd_inflater* inflater_ = nullptr;
  std::map<uint32_t, ClientStream> streams_;
  std::map<uint16_t, uint32_t> settings_;
  std::string open_block_;  // Of a HEADERS that CONTINUATION follows.
  bool open_block_ends_stream_ = false;
  bool opens_windows_ = true;
  bool closed_ = false;
  bool settings_came_ = false;
  bool goaway_ = false;
  uint32_t goaway_code_ = 0;
  uint32_t goaway_last_stream_ = 0;
  int settings_acks_ = 0;
  int64_t send_window_ = 65'535;
  std::vector<std::string> pongs_;
};

}  // namespace gossamer::conformance

#endif  // TESTS_CONFORMANCE_HTTP2_RAW_CLIENT_H_
