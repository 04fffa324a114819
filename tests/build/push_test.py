#!/usr/bin/python3 -B
"""An image arrives in a registry as it left: push_test.py REGISTRY PUSH LAYOUT."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
START_SECONDS_MAX = 30


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(url, process):
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        if process.poll() is not None:
            sys.exit("the registry ended with %d" % process.returncode)
        try:
            return urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(0.05)
    sys.exit("the registry did not answer within %d s" % START_SECONDS_MAX)


def digest_of(layout):
    with open(layout + "/index.json") as f:
        return json.load(f)["manifests"][0]["digest"]


def served(url):
    """The digest that the registry gives for a manifest, as it says and as its bytes are."""
    request = urllib.request.Request(url, headers={"Accept": MANIFEST})
    with urllib.request.urlopen(request, timeout=5) as response:
        return response.headers["Docker-Content-Digest"]


def check(registry, push, layout):
    name = "gossamer/probe:0.1.0"
    expected = digest_of(layout)
    # The second push finds everything there.
    for destination in ("%s/%s" % (registry, name), "docker://%s/%s" % (registry, name)):
        subprocess.run([push, destination], check=True)
    manifest = "http://%s/v2/gossamer/probe/manifests/" % registry
    for reference in ("0.1.0", expected):
        actual = served(manifest + reference)
        if actual != expected:
            sys.exit("pushed %s, the registry has %s" % (expected, actual))
    pulled = os.path.join(os.environ["TEST_TMPDIR"], "pulled")
    subprocess.run(["skopeo", "--insecure-policy", "copy", "--quiet", "--preserve-digests",
                    "--src-tls-verify=false", "docker://%s/%s" % (registry, name),
                    "oci:%s:latest" % pulled], check=True)
    if digest_of(pulled) != expected:
        sys.exit("pushed %s, pulled %s" % (expected, digest_of(pulled)))
    if subprocess.run([push], stderr=subprocess.DEVNULL).returncode != 2:
        sys.exit("a push to nowhere was not refused as a mistake of usage")


def main(registry_program, push, layout):
    os.environ["HOME"] = os.environ["TEST_TMPDIR"]
    with tempfile.TemporaryDirectory() as storage:
        address = "127.0.0.1:%d" % free_port()
        config = os.path.join(storage, "config.yml")
        with open(config, "w") as f:
            f.write("version: 0.1\nlog: {level: error}\n"
                    "storage: {filesystem: {rootdirectory: %s/data}}\nhttp: {addr: '%s'}\n" %
                    (storage, address))
        registry = subprocess.Popen([registry_program, "serve", config])
        try:
            wait_for("http://%s/v2/" % address, registry)
            check(address, push, layout)
        finally:
            registry.terminate()
            registry.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
