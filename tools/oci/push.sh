#!/bin/bash
# Pushes an image layout: push.sh LAYOUT REGISTRY/NAME:TAG [skopeo copy arguments]
set -euo pipefail
if (( $# < 2 )) || [[ $2 == -* ]]; then
  echo "usage: bazel run TARGET:push -- REGISTRY/NAME:TAG [skopeo copy arguments]" >&2
  exit 2
fi
layout=$1
destination=docker://${2#docker://}
shift 2
if ! command -v skopeo > /dev/null; then
  echo "push: skopeo is missing; ./bazelw installs it" >&2
  exit 1
fi
case $destination in
  # A registry on this machine rarely has a certificate.
  docker://127.0.0.1[:/]* | docker://localhost[:/]*) set -- --dest-tls-verify=false "$@" ;;
esac
skopeo --insecure-policy copy --quiet --preserve-digests "$@" "oci:$layout:latest" "$destination"
digest=$(python3 -c 'import json, sys
print(json.load(open(sys.argv[1] + "/index.json"))["manifests"][0]["digest"])' "$layout")
echo "pushed ${destination#docker://} $digest" >&2
