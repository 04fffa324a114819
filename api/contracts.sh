#!/bin/bash
# contracts.sh PROGRAM COMMAND SNAPSHOT DESCRIPTOR_SET...: the last file names without a path of
# their own are made absolute; `update` writes to the source tree that `bazel run` was called in.
set -eu
program=$PWD/$1 command=$2 snapshot=$3
shift 3
if [ "$command" = update ]; then
  snapshot=${BUILD_WORKSPACE_DIRECTORY:?run this with bazel run}/$snapshot
fi
exec "$program" "$command" "$snapshot" "$@"
