#!/bin/bash
# version_test.sh PROGRAM VERSION-FILE: the program answers --version from its VERSION file.
set -euo pipefail
answer=$("$1" --version)
expected="gossamer-probe $(cat "$2")"
if [[ $answer != "$expected" && $answer != "$expected+g"* ]]; then
  echo "--version answered '$answer', expected '$expected'" >&2
  exit 1
fi
