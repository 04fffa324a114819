#include "proxy/metrics/tcp_scope.h"

#include <string.h>

#include "absl/strings/str_cat.h"
#include "lib/metrics/label_text.h"

namespace gossamer::proxy {
namespace {

using metrics::Family;
using metrics::TextWriter;
using metrics::Type;

constexpr char kLabels[] = "direction, peer, TCP";

// "ECONNRESET"; empty for no error.
std::string ErrorName(int number) {
  if (number == 0) return "";
  const char* const name = number > 0 ? strerrorname_np(number) : nullptr;
  return name == nullptr ? "OTHER" : name;
}

}  // namespace

void TcpScope::MergeFrom(const TcpScope& other) {
  opened_.MergeFrom(other.opened_);
  open_.MergeFrom(other.open_);
  closed_.MergeFrom(other.closed_);
  read_bytes_.MergeFrom(other.read_bytes_);
  write_bytes_.MergeFrom(other.write_bytes_);
}

std::vector<Family<TcpScope>> TcpScope::Families() {
  return {
      {{"tcp_open_total", Type::kCounter, kLabels, "TCP connections opened", ""},
       [](const TcpScope& scope, absl::string_view labels, TextWriter* writer) {
         writer->Sample(labels, "", scope.opened_);
       }},
      {{"tcp_open_connections", Type::kGauge, kLabels, "TCP connections open now", ""},
       [](const TcpScope& scope, absl::string_view labels, TextWriter* writer) {
         writer->Sample(labels, "", scope.open_);
       }},
      {{"tcp_close_total", Type::kCounter, absl::StrCat(kLabels, ", errno"),
        "TCP connections closed", ""},
       [](const TcpScope& scope, absl::string_view labels, TextWriter* writer) {
         scope.closed_.ForEach([&](Error error, const metrics::Counter& count) {
           writer->Sample(labels, metrics::LabelText().Add("errno", ErrorName(error.number)).text(),
                          count);
         });
       }},
      {{"tcp_read_bytes_total", Type::kCounter, kLabels, "Bytes read from peers", ""},
       [](const TcpScope& scope, absl::string_view labels, TextWriter* writer) {
         writer->Sample(labels, "", scope.read_bytes_);
       }},
      {{"tcp_write_bytes_total", Type::kCounter, kLabels, "Bytes written to peers", ""},
       [](const TcpScope& scope, absl::string_view labels, TextWriter* writer) {
         writer->Sample(labels, "", scope.write_bytes_);
       }},
  };
}

}  // namespace gossamer::proxy
