#ifndef LIB_FETCH_HTTP_CLIENT_H_
#define LIB_FETCH_HTTP_CLIENT_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace httplib {
class Client;
}  // namespace httplib

namespace gossamer {

struct HttpReply {
  int status = 0;
  std::string body;
};

// Asks one HTTP/1.1 server for small documents: Prometheus's API, a proxy's metrics, an admin port.
//
// A blocking client with one kept connection, for the services and the CLI: one thread at a time.
// The proxy's data path has its own. A call ends within its timeout (each single wait for bytes of
// the head counts anew) and a body past `body_bytes_max` ends it with ResourceExhausted.
// Redirects are not followed, and there is no TLS.
class HttpClient {
 public:
  struct Options {
    absl::Duration connect_timeout = absl::Seconds(2);
    size_t body_bytes_max = 16 << 20;
  };

  // `base_url` is "http://HOST[:PORT][/PREFIX]". InvalidArgument, naming it, otherwise.
  static absl::StatusOr<std::unique_ptr<HttpClient>> Create(absl::string_view base_url,
                                                            const Options& options);
  ~HttpClient();

  // `path` starts with '/' and may have a query. Any HTTP status is a reply. Unavailable when the
  // server cannot be reached or hangs up, DeadlineExceeded when it is too slow.
  absl::StatusOr<HttpReply> Get(absl::string_view path, absl::Duration timeout);
  // Posts an application/x-www-form-urlencoded body.
  absl::StatusOr<HttpReply> PostForm(absl::string_view path, std::string form,
                                     absl::Duration timeout);

  const std::string& base_url() const { return base_url_; }

 private:
  HttpClient(std::string base_url, const std::string& origin, std::string prefix,
             const Options& options);

  absl::StatusOr<HttpReply> Send(const char* method, absl::string_view path, std::string form,
                                 absl::Duration timeout);

  const std::string base_url_;
  const std::string prefix_;
  const Options options_;
  const std::unique_ptr<httplib::Client> client_;
};

// Escapes a value of a form or of a query.
std::string PercentEncode(absl::string_view text);

}  // namespace gossamer

#endif  // LIB_FETCH_HTTP_CLIENT_H_
