#include "proxy/worker/worker_context.h"

namespace gossamer::proxy {

net::SocketOptions MakeSocketOptions(const TcpOptions& options) {
  net::SocketOptions socket;
  if (options.keepalive.has_value()) socket.keepalive = *options.keepalive;
  if (options.user_timeout.has_value()) socket.user_timeout = *options.user_timeout;
  return socket;
}

Backoff::Options MakeBackoffOptions(const BackoffConfig& config) {
  return {config.min, config.max, config.jitter};
}

ForwardLimits MakeForwardLimits(const TcpForwardConfig& config) {
  const auto limit = [](absl::Duration timeout) {
    return timeout == absl::ZeroDuration() ? absl::InfiniteDuration() : timeout;
  };
  return {limit(config.idle_timeout), limit(config.half_closed_timeout)};
}

http1::ServerOptions MakeServerHttp1Options(const HttpDeadlines& options) {
  http1::ServerOptions http1;
  http1.head_timeout = options.head_timeout;
  http1.idle_timeout = options.idle_timeout;
  return http1;
}

http2::Options MakeServerHttp2Options(const Http2ServerOptions& options,
                                      const HttpDeadlines& deadlines) {
  // Responses whose client opens no window, where they are more than a few.
  constexpr absl::Duration kStallTimeout = absl::Minutes(10);
  http2::Options http2;
  http2.deadlines.head = deadlines.head_timeout;
  http2.deadlines.idle = deadlines.idle_timeout;
  http2.deadlines.stall = kStallTimeout;
  if (options.initial_stream_window_bytes.has_value()) {
    http2.stream_window_bytes = *options.initial_stream_window_bytes;
    http2.connection_window_bytes = *options.initial_connection_window_bytes;
  }
  if (options.keepalive_interval.has_value()) {
    http2.keepalive_interval = *options.keepalive_interval;
    http2.keepalive_timeout = *options.keepalive_timeout;
  }
  // Linkerd's proxy has no limit of its own here; a client's streams are memory all the same.
  constexpr uint32_t kMaxConcurrentStreams = 10'000;
  http2.max_concurrent_streams = options.max_concurrent_streams.value_or(kMaxConcurrentStreams);
  if (options.max_frame_bytes.has_value()) http2.max_frame_bytes = *options.max_frame_bytes;
  if (options.max_header_list_bytes.has_value()) {
    http2.max_header_list_bytes = *options.max_header_list_bytes;
  }
  return http2;
}

http2::Options MakeClientHttp2Options(const Http2ClientOptions& options) {
  http2::Options http2;
  // A thousand responses of one server that stand still, whoever's they are, cost none of them.
  http2.unconsumed_bytes_max = 64 << 20;
  if (options.initial_stream_window_bytes > 0) {
    http2.stream_window_bytes = options.initial_stream_window_bytes;
  }
  if (options.initial_connection_window_bytes > 0) {
    http2.connection_window_bytes = options.initial_connection_window_bytes;
  }
  return http2;
}

}  // namespace gossamer::proxy
