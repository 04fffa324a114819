#!/bin/bash
# Every microbenchmark runs, and does what it measures.
set -euo pipefail

output=$("$1" --benchmark_min_time=0.001 2>&1)
if grep -q 'ERROR OCCURRED' <<<"$output"; then
  printf '%s\n' "$output"
  exit 1
fi
for part in ParseRequests Http2Get128 TlsHandshake PickAndFinish RouteByPrefix CounterAdd \
  TimerRearm ByteQueueMove Http1ToHttp2; do
  if ! grep -q "$part" <<<"$output"; then
    printf 'no benchmark is called %s:\n%s\n' "$part" "$output"
    exit 1
  fi
done
