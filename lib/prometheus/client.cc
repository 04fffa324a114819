#include "lib/prometheus/client.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/prometheus/window.h"
#include "lib/status/annotate.h"
#include "lib/status/status_macros.h"

namespace gossamer::prom {
namespace {

// Prometheus answers its own errors with a JSON body under 4xx and 5xx, so a status alone says
// nothing; a body that is not its JSON is explained better by the status.
template <typename T>
absl::StatusOr<T> ExplainedByStatus(absl::StatusOr<T> parsed, int http_status) {
  if (parsed.ok() || http_status / 100 == 2 ||
      parsed.status().code() != absl::StatusCode::kInternal) {
    return parsed;
  }
  return absl::UnavailableError(absl::StrCat("it answered with HTTP status ", http_status));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> Client::Create(const Options& options) {
  HttpClient::Options http_options;
  http_options.body_bytes_max = options.reply_bytes_max;
  GOSSAMER_ASSIGN_OR_RETURN(std::unique_ptr<HttpClient> http,
                            HttpClient::Create(options.url, http_options));
  return std::unique_ptr<Client>(new Client(std::move(http)));
}

absl::StatusOr<Vector> Client::Query(absl::string_view promql, absl::Duration timeout) {
  // Prometheus stops working on the query by itself when nobody waits for it any more.
  std::string form = absl::StrCat("query=", PercentEncode(promql),
                                  "&timeout=", FormatWindow(timeout + absl::Milliseconds(1)));
  absl::StatusOr<HttpReply> reply = http_->PostForm("/api/v1/query", std::move(form), timeout);
  if (!reply.ok()) return Annotated(reply.status());
  absl::StatusOr<Vector> vector = ExplainedByStatus(ParseQueryReply(reply->body), reply->status);
  if (!vector.ok()) return Annotated(vector.status());
  return vector;
}

absl::StatusOr<absl::Duration> Client::ScrapeInterval(absl::Duration timeout) {
  absl::StatusOr<HttpReply> reply = http_->Get("/api/v1/status/config", timeout);
  if (!reply.ok()) return Annotated(reply.status());
  absl::StatusOr<std::string> text =
      ExplainedByStatus(ParseScrapeInterval(reply->body), reply->status);
  if (!text.ok()) return Annotated(text.status());
  absl::StatusOr<absl::Duration> interval = ParseWindow(*text);
  if (!interval.ok()) return Annotated(interval.status());
  return interval;
}

absl::Status Client::Annotated(const absl::Status& status) const {
  return Annotate(status, absl::StrCat("Prometheus at ", http_->base_url()));
}

}  // namespace gossamer::prom
