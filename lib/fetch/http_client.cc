#include "lib/fetch/http_client.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "httplib.h"
#include "lib/status/status_macros.h"

namespace gossamer {
namespace {

struct BaseUrl {
  std::string origin;
  std::string prefix;
};

absl::StatusOr<BaseUrl> ParseBaseUrl(absl::string_view url) {
  const auto refuse = [url](absl::string_view why) {
    return absl::InvalidArgumentError(
        absl::StrCat("URL \"", url, "\": ", why, "; expected http://HOST[:PORT][/PREFIX]"));
  };
  absl::string_view rest = url;
  if (absl::StartsWith(rest, "https://"))
    return refuse("TLS is the sidecar's work, not this URL's");
  if (!absl::ConsumePrefix(&rest, "http://")) return refuse("it does not start with http://");
  const size_t slash = rest.find('/');
  const absl::string_view authority = rest.substr(0, slash);
  absl::string_view prefix = slash == absl::string_view::npos ? "" : rest.substr(slash);
  if (authority.empty() || authority[0] == ':') return refuse("it has no host");
  for (const char c : url) {
    if (!absl::ascii_isgraph(c) || c == '?' || c == '#' || c == '@') {
      return refuse("it has a character that does not belong there");
    }
  }
  const size_t colon = authority.rfind(':');
  const bool has_port =
      colon != absl::string_view::npos && authority.find(']', colon) == absl::string_view::npos;
  int port = 80;
  if (has_port &&
      (!absl::SimpleAtoi(authority.substr(colon + 1), &port) || port < 1 || port > 65535)) {
    return refuse("its port is not 1 to 65535");
  }
  while (absl::ConsumeSuffix(&prefix, "/")) {
  }
  return BaseUrl{absl::StrCat("http://", authority), std::string(prefix)};
}

absl::Status ErrorOf(httplib::Error error, bool late) {
  if (late) return absl::DeadlineExceededError("no complete reply in time");
  switch (error) {
    case httplib::Error::Connection:
      return absl::UnavailableError("cannot connect");
    case httplib::Error::ConnectionTimeout:
      return absl::DeadlineExceededError("no connection in time");
    case httplib::Error::Read:
      return absl::UnavailableError("the connection ended before the reply did");
    default:
      return absl::UnavailableError(httplib::to_string(error));
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpClient>> HttpClient::Create(absl::string_view base_url,
                                                               const Options& options) {
  GOSSAMER_ASSIGN_OR_RETURN(BaseUrl url, ParseBaseUrl(base_url));
  return std::unique_ptr<HttpClient>(
      new HttpClient(std::string(base_url), url.origin, std::move(url.prefix), options));
}

HttpClient::HttpClient(std::string base_url, const std::string& origin, std::string prefix,
                       const Options& options)
    : base_url_(std::move(base_url)),
      prefix_(std::move(prefix)),
      options_(options),
      client_(std::make_unique<httplib::Client>(origin)) {
  client_->set_keep_alive(true);
  client_->set_follow_location(false);
}

HttpClient::~HttpClient() = default;

absl::StatusOr<HttpReply> HttpClient::Get(absl::string_view path, absl::Duration timeout) {
  return Send("GET", path, /*form=*/"", timeout);
}

absl::StatusOr<HttpReply> HttpClient::PostForm(absl::string_view path, std::string form,
                                               absl::Duration timeout) {
  return Send("POST", path, std::move(form), timeout);
}

absl::StatusOr<HttpReply> HttpClient::Send(const char* method, absl::string_view path,
                                           std::string form, absl::Duration timeout) {
  const auto start = std::chrono::steady_clock::now();
  // The library waits for whole milliseconds; cut short, its end would not look late.
  const auto limit = absl::ToChronoMilliseconds(
      absl::Ceil(std::max(timeout, absl::Milliseconds(1)), absl::Milliseconds(1)));
  const auto is_late = [&] { return std::chrono::steady_clock::now() - start >= limit; };
  client_->set_connection_timeout(
      std::min(absl::ToChronoMilliseconds(options_.connect_timeout), limit));
  client_->set_read_timeout(limit);
  client_->set_write_timeout(limit);

  httplib::Request request;
  request.method = method;
  request.path = absl::StrCat(prefix_, path);
  request.headers = {{"Accept", "*/*"}};
  if (!form.empty()) {
    request.headers.emplace("Content-Type", "application/x-www-form-urlencoded");
    request.body = std::move(form);
  }
  HttpReply reply;
  bool too_big = false;
  request.content_receiver = [&](const char* data, size_t size, uint64_t, uint64_t) {
    too_big = size > options_.body_bytes_max - reply.body.size();
    if (too_big || is_late()) return false;
    reply.body.append(data, size);
    return true;
  };
  const httplib::Result result = client_->send(request);
  if (too_big) {
    return absl::ResourceExhaustedError(absl::StrCat(
        method, " ", base_url_, ": the reply has more than ", options_.body_bytes_max, " bytes"));
  }
  if (!result) {
    const absl::Status error = ErrorOf(result.error(), is_late());
    return absl::Status(error.code(), absl::StrCat(method, " ", base_url_, ": ", error.message()));
  }
  reply.status = result->status;
  return reply;
}

std::string PercentEncode(absl::string_view text) {
  std::string out;
  for (const char c : text) {
    if (absl::ascii_isalnum(c) || absl::StrContains("-_.~", absl::string_view(&c, 1))) {
      out += c;
    } else {
      absl::StrAppendFormat(&out, "%%%02X", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace gossamer
