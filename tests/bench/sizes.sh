#!/bin/bash
# Prints the size of each stripped program and of each image, uncompressed files and layers as they
# are pushed, in KiB.
set -euo pipefail

printf '%-36s %10s\n' file KiB
for path in "$@"; do
  # An image is a folder.
  bytes=$(find -L "$path" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
  printf '%-36s %10d\n' "${path#*bin/}" "$((bytes / 1024))"
done
