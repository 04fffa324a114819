#!/bin/bash
# Prints what --config=release stamps into versions and image labels.
set -euo pipefail
if commit=$(git rev-parse --short=12 HEAD 2>/dev/null); then
  git diff --quiet HEAD -- || commit+=-dirty
  echo "STABLE_GIT_COMMIT $commit"
fi
