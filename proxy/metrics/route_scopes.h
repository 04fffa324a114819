#ifndef PROXY_METRICS_ROUTE_SCOPES_H_
#define PROXY_METRICS_ROUTE_SCOPES_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/metrics/cell_list.h"
#include "lib/metrics/cells.h"
#include "lib/metrics/scope_map.h"

namespace gossamer::proxy {

// What a route's metrics are counted for: its kind decides names and the status label.
enum class RouteKind { kHttp, kGrpc };

struct RequestSecondsBuckets {
  static constexpr std::array<double, 4> kBounds = {.05, .5, 1, 10};
};
struct ResponseSecondsBuckets {
  static constexpr std::array<double, 7> kBounds = {.025, .05, .1, .25, .5, 1, 10};
};
struct FrameBytesBuckets {
  static constexpr std::array<double, 3> kBounds = {128, 1024, 10240};
};

// How an exchange on an outbound route ended.
struct RouteStatus {
  enum Error : uint8_t {
    kNone,
    kFailFast,
    kLoadShed,
    kRequestTimeout,
    kResponseHeadersTimeout,
    kResponseStreamTimeout,
    kIdleTimeout,
    kCancel,
    kRefused,
    kEnhanceYourCalm,
    kReset,
    kGoAway,
    kIo,
    kUnknown,
  };
  static RouteStatus Other() { return {-1, kUnknown}; }
  friend bool operator==(const RouteStatus& a, const RouteStatus& b) {
    return a.status == b.status && a.error == b.error;
  }

  // http_status or grpc_status after RouteKind; -1 for none.
  int16_t status = -1;
  Error error = kNone;
};
// Appends http_status (a number) or grpc_status (a name), and error.
std::string RouteStatusText(RouteKind kind, const RouteStatus& status);

// An outbound route, over all tries of its requests. Written by its worker alone.
struct OutboundRouteScope {
  void MergeFrom(const OutboundRouteScope& other);
  static std::vector<metrics::Family<OutboundRouteScope>> Families(RouteKind kind);

  metrics::Histogram<RequestSecondsBuckets> request_seconds;
  metrics::CellList<RouteStatus, metrics::Counter> statuses;
  metrics::Histogram<FrameBytesBuckets> request_frame_bytes;
  metrics::Counter retries;
  metrics::Counter retry_successes;
  metrics::Counter retry_limit_exceeded;
  metrics::Counter retry_overflow;
};

// One backend of an outbound route, a try at a time. Written by its worker alone.
struct OutboundBackendScope {
  void MergeFrom(const OutboundBackendScope& other);
  static std::vector<metrics::Family<OutboundBackendScope>> Families(RouteKind kind);

  metrics::Counter requests;
  metrics::Histogram<ResponseSecondsBuckets> response_seconds;
  metrics::CellList<RouteStatus, metrics::Counter> statuses;
  metrics::Histogram<FrameBytesBuckets> response_frame_bytes;
};

// An inbound route. Written by its worker alone.
struct InboundRouteScope {
  struct Status {
    static Status Other() { return {-1}; }
    friend bool operator==(const Status& a, const Status& b) { return a.code == b.code; }
    int code = 0;  // Of HTTP or gRPC.
  };

  void MergeFrom(const InboundRouteScope& other);
  static std::vector<metrics::Family<InboundRouteScope>> Families(RouteKind kind);

  metrics::Counter requests;
  metrics::CellList<Status, metrics::Counter> statuses;
  metrics::Histogram<ResponseSecondsBuckets> request_seconds;
  metrics::Histogram<RequestSecondsBuckets> response_seconds;
  metrics::Histogram<FrameBytesBuckets> request_frame_bytes;
  metrics::Histogram<FrameBytesBuckets> response_frame_bytes;
};

}  // namespace gossamer::proxy

#endif  // PROXY_METRICS_ROUTE_SCOPES_H_
