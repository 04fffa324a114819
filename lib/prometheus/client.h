#ifndef LIB_PROMETHEUS_CLIENT_H_
#define LIB_PROMETHEUS_CLIENT_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/fetch/http_client.h"
#include "lib/prometheus/vector.h"

namespace gossamer::prom {

// A blocking client of Prometheus's HTTP API, for one thread at a time.
//
// Errors start with "Prometheus at URL". Unavailable or DeadlineExceeded: it may work later.
// InvalidArgument: Prometheus refuses the query. ResourceExhausted: the answer is past its bound.
// Internal: what answers there is no Prometheus.
class Client {
 public:
  struct Options {
    std::string url = "http://127.0.0.1:9090";
    size_t reply_bytes_max = 32 << 20;
  };

  static absl::StatusOr<std::unique_ptr<Client>> Create(const Options& options);

  // Evaluates an instant query now.
  absl::StatusOr<Vector> Query(absl::string_view promql, absl::Duration timeout);
  // The global scrape interval of Prometheus's configuration.
  absl::StatusOr<absl::Duration> ScrapeInterval(absl::Duration timeout);

 private:
  explicit Client(std::unique_ptr<HttpClient> http) : http_(std::move(http)) {}

  // Adds which Prometheus it was.
  absl::Status Annotated(const absl::Status& status) const;

  const std::unique_ptr<HttpClient> http_;
};

}  // namespace gossamer::prom

#endif  // LIB_PROMETHEUS_CLIENT_H_
