#!/bin/bash
# The demo's own check, from start to verdict.
set -u
examples/demo/demo --check --api-port 18085 --prometheus-port 19090 --web-port 18080
