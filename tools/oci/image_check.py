#!/usr/bin/python3 -B
"""Checks what every image promises: image_check.py LAYOUT TITLE VERSION-FILE.

It runs as an ordinary user, carries its labels, holds nothing that others may write or that runs
as someone else, and its program answers --version inside nothing but the image.
"""

import json
import os
import subprocess
import sys
import tarfile
import tempfile

LABEL = "org.opencontainers.image."


def blob(layout, descriptor):
    return os.path.join(layout, "blobs", *descriptor["digest"].split(":"))


def read_json(path):
    with open(path) as f:
        return json.load(f)


def unpack(layers, root):
    """Unpacks the layers; returns their entries."""
    entries = []
    for path in layers:
        with tarfile.open(path) as tar:
            entries += tar.getmembers()
            tar.extractall(root, numeric_owner=True)
    return entries


def answer(root, program):
    """What the program prints for --version where the image is all there is.

    Not as the image's user, whom a sandbox does not have: faults() looks at the modes instead.
    """
    enter = ["/usr/sbin/chroot", root]
    if os.geteuid() != 0:
        enter = ["unshare", "--map-root-user", "--root=" + root]
    return subprocess.run(enter + [program, "--version"], check=True, stdout=subprocess.PIPE,
                          universal_newlines=True).stdout.strip()


def faults(layout, title, version):
    """Yields what is wrong, one line each."""
    manifest = read_json(blob(layout, read_json(layout + "/index.json")["manifests"][0]))
    image = read_json(blob(layout, manifest["config"]))
    config = image["config"]
    labels = config["Labels"]
    if "0" in config["User"].split(":"):
        yield "it runs as root: User is %s" % config["User"]
    if image["created"] != "1970-01-01T00:00:00Z":
        yield "it carries a time: %s" % image["created"]
    for key, expected in (("title", title), ("version", version)):
        if labels.get(LABEL + key) != expected:
            yield "label %s is %r, expected %r" % (key, labels.get(LABEL + key), expected)
    for key in ("description", "licenses", "source", "vendor"):
        if not labels.get(LABEL + key):
            yield "label %s is missing" % key
    if manifest["annotations"] != labels:
        yield "the manifest's annotations differ from the labels"
    with tempfile.TemporaryDirectory() as root:
        os.chmod(root, 0o755)
        for entry in unpack([blob(layout, layer) for layer in manifest["layers"]], root):
            if entry.mode & 0o6000 or (entry.mode & 0o022 and not entry.issym()):
                yield "/%s has mode %o" % (entry.name, entry.mode)
            if entry.mode & 0o555 != 0o555 and entry.isdir() or not entry.mode & 0o004:
                yield "/%s has mode %o, which keeps the image's user out" % (entry.name, entry.mode)
            if entry.mtime or (entry.uid and not entry.isdir()):
                yield "/%s has time %d and owner %d" % (entry.name, entry.mtime, entry.uid)
        program = config["Entrypoint"][0]
        path = os.path.join(root, program.lstrip("/"))
        if not os.path.isfile(path) or os.stat(path).st_mode & 0o555 != 0o555:
            yield "its entry point %s is not a program that anyone may run" % program
            return
        said = answer(root, program)
        if version not in said:
            yield "--version answered %r, expected %s in it" % (said, version)


def main(layout, title, version_file):
    with open(version_file) as f:
        version = f.read().strip()
    found = list(faults(layout, title, version))
    for fault in found:
        print("%s: %s" % (layout, fault), file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
