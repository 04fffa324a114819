#!/bin/bash
# clang_tidy.sh REPORT SOURCE -- FLAGS: one run of clang-tidy, silent where it finds nothing.
set -euo pipefail
report=$1
shift
if ! /usr/lib/llvm-19/bin/clang-tidy --quiet "$@" > "$report" 2>&1; then
  # Paths as the source tree has them, without the sandbox.
  sed -E "/^[0-9]+ warnings? (generated|treated as)/d; s|$PWD/||g" "$report" >&2
  exit 1
fi
