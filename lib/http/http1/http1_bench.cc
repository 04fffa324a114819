#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "benchmark/benchmark.h"
#include "lib/http/http1/body_decoder.h"
#include "lib/http/http1/head_parser.h"
#include "lib/http/http1/serializer.h"

namespace gossamer::http1 {
namespace {

// What a load generator sends, and what a browser does.
constexpr absl::string_view kSmallRequest =
    "GET /api/v1/items/42 HTTP/1.1\r\n"
    "Host: shop.demo.svc.cluster.local:8080\r\n"
    "User-Agent: bench/1.0\r\n"
    "Accept: */*\r\n"
    "\r\n";
constexpr absl::string_view kBrowserRequest =
    "GET /products/list?category=books&page=3&sort=price HTTP/1.1\r\n"
    "Host: shop.example.com\r\n"
    "Connection: keep-alive\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
    "\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Accept-Language: en-US,en;q=0.9,de;q=0.8\r\n"
    "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; consent=1\r\n"
    "Referer: https://shop.example.com/products\r\n"
    "X-Request-Id: 7f1e9a52-5b0e-4f2e-9c43-0d2ad5ad9a51\r\n"
    "\r\n";
constexpr absl::string_view kResponse =
    "HTTP/1.1 200 OK\r\n"
    "Server: demo\r\n"
    "Date: Mon, 01 Jan 2024 00:00:00 GMT\r\n"
    "Content-Type: application/json\r\n"
    "Content-Length: 1024\r\n"
    "\r\n";

void ParseRequests(benchmark::State& state, absl::string_view input) {
  http::RequestHead head;
  size_t consumed = 0;
  HeadError error = HeadError::kNone;
  for (auto _ : state) {
    benchmark::DoNotOptimize(ParseRequestHead(input, &head, &consumed, &error));
    benchmark::DoNotOptimize(head.path);
  }
  state.SetBytesProcessed(state.iterations() * input.size());
}
BENCHMARK_CAPTURE(ParseRequests, Small, kSmallRequest);
BENCHMARK_CAPTURE(ParseRequests, Browser, kBrowserRequest);

void ParseResponses(benchmark::State& state) {
  http::ResponseHead head;
  size_t consumed = 0;
  HeadError error = HeadError::kNone;
  for (auto _ : state) {
    benchmark::DoNotOptimize(ParseResponseHead(kResponse, "GET", &head, &consumed, &error));
    benchmark::DoNotOptimize(head.reason);
  }
  state.SetBytesProcessed(state.iterations() * kResponse.size());
}
BENCHMARK(ParseResponses);

void WriteRequests(benchmark::State& state, absl::string_view input) {
  http::RequestHead head;
  size_t consumed = 0;
  HeadError error = HeadError::kNone;
  ParseRequestHead(input, &head, &consumed, &error);
  StripHopByHop(&head.headers, /*upgrading=*/false);
  std::string out(RequestHeadBytesMax(head), '\0');
  for (auto _ : state) {
    benchmark::DoNotOptimize(WriteRequestHead(head, ConnectionOption::kNone, out.data()));
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * input.size());
}
BENCHMARK_CAPTURE(WriteRequests, Small, kSmallRequest);
BENCHMARK_CAPTURE(WriteRequests, Browser, kBrowserRequest);

void WriteResponses(benchmark::State& state) {
  http::ResponseHead head;
  size_t consumed = 0;
  HeadError error = HeadError::kNone;
  ParseResponseHead(kResponse, "GET", &head, &consumed, &error);
  const ResponseContext context;
  std::string out(ResponseHeadBytesMax(head, context), '\0');
  BodyFraming framing = BodyFraming::kIdentity;
  for (auto _ : state) {
    benchmark::DoNotOptimize(WriteResponseHead(head, context, out.data(), &framing));
    benchmark::ClobberMemory();
  }
}
BENCHMARK(WriteResponses);

// What one HTTP/1 request costs a proxy in this library: parse, strip, bound, write.
void ForwardRequests(benchmark::State& state, absl::string_view input) {
  http::RequestHead head;
  size_t consumed = 0;
  HeadError error = HeadError::kNone;
  std::string out(4096, '\0');
  for (auto _ : state) {
    ParseRequestHead(input, &head, &consumed, &error);
    StripHopByHop(&head.headers, /*upgrading=*/false);
    benchmark::DoNotOptimize(RequestHeadBytesMax(head));
    benchmark::DoNotOptimize(WriteRequestHead(head, ConnectionOption::kNone, out.data()));
    benchmark::ClobberMemory();
  }
}
BENCHMARK_CAPTURE(ForwardRequests, Small, kSmallRequest);
BENCHMARK_CAPTURE(ForwardRequests, Browser, kBrowserRequest);

void DecodeChunks(benchmark::State& state) {
  std::string input;
  for (int i = 0; i < 64; ++i) {
    char size[kChunkHeadBytesMax];
    absl::StrAppend(&input, absl::string_view(size, WriteChunkHead(state.range(0), size)),
                    std::string(state.range(0), 'x'), kChunkEnd);
  }
  absl::StrAppend(&input, kLastChunk);
  BodyDecoder decoder;
  for (auto _ : state) {
    decoder.Start(http::BodyKind::kChunked, 0);
    absl::string_view left = input;
    size_t consumed = 0;
    absl::string_view data;
    while (decoder.Decode(left, &consumed, &data) == BodyResult::kData) {
      left.remove_prefix(consumed);
    }
  }
  state.counters["per_chunk"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * 64,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(DecodeChunks)->Arg(16)->Arg(1024);

}  // namespace
}  // namespace gossamer::http1
