#include "proxy/http/orig_proto.h"

#include "absl/strings/strip.h"

namespace gossamer::proxy {
namespace {

constexpr absl::string_view kHeader = "l5d-orig-proto";
constexpr absl::string_view kHttp10 = "HTTP/1.0";
constexpr absl::string_view kHttp11 = "HTTP/1.1";

absl::string_view Name(http::Version version) {
  return version == http::Version::kHttp10 ? kHttp10 : kHttp11;
}

}  // namespace

bool CanUpgradeToHttp2(const http::RequestHead& head) {
  return head.version != http::Version::kHttp2 && !head.upgrade && !head.is_connect();
}

void UpgradeRequest(http::RequestHead* head) {
  const absl::string_view mark = !head->absolute_form ? Name(head->version)
                                 : head->version == http::Version::kHttp10
                                     ? "HTTP/1.0; absolute-form"
                                     : "HTTP/1.1; absolute-form";
  head->headers.Set(kHeader, mark);
  head->version = http::Version::kHttp2;
}

bool DowngradeRequest(http::RequestHead* head) {
  const absl::string_view* mark = head->headers.Find(kHeader);
  if (mark == nullptr) return false;
  absl::string_view version = *mark;
  const bool absolute_form = absl::ConsumeSuffix(&version, "; absolute-form");
  if (version != kHttp11 && version != kHttp10) return false;
  head->version = version == kHttp11 ? http::Version::kHttp11 : http::Version::kHttp10;
  head->absolute_form = absolute_form;
  head->headers.Remove(kHeader);
  return true;
}

void UpgradeResponse(http::ResponseHead* head) {
  head->headers.Set(kHeader, Name(head->version));
  head->version = http::Version::kHttp2;
}

void DowngradeResponse(http::Version request_version, http::ResponseHead* head) {
  const absl::string_view* mark = head->headers.Find(kHeader);
  head->version = request_version;
  if (mark == nullptr) return;
  head->version = *mark == kHttp10 ? http::Version::kHttp10 : http::Version::kHttp11;
  head->headers.Remove(kHeader);
}

}  // namespace gossamer::proxy
