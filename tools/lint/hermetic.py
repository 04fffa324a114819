#!/usr/bin/python3 -B
"""Proves that no library of the system is compiled or linked against.

Looks at what the compiler and the linker were given for everything built so far: the headers of
each object (its .d file) and the link line of each program (its .params file). Of the system there
may be the C and C++ libraries and the compiler's own headers, nothing else.
"""

import os
import re
import subprocess
import sys

# Who may own a header under /usr. The names carry versions: patterns.
PACKAGES = ("libc6-dev", "linux-libc-dev", "libstdc++-*-dev", "libgcc-*-dev",
            "libclang-common-*-dev", "libclang-rt-*-dev")

# -pthread and -static-pie are no libraries.
LIBRARIES = {"-lstdc++", "-lm"}


def system_headers():
    """Every file of those packages, by the name that the compiler may find it under."""
    listing = subprocess.run(
        ["dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Package}\n", *PACKAGES],
        check=True, stdout=subprocess.PIPE, universal_newlines=True).stdout
    names = sorted(set(re.findall("^installed (.*)$", listing, re.M)))
    files = subprocess.run(["dpkg-query", "--listfiles", *names], check=True,
                           stdout=subprocess.PIPE, universal_newlines=True).stdout
    return {os.path.realpath(path) for path in files.split("\n") if path.startswith("/usr/")}


def headers(text):
    """The prerequisites of a .d file."""
    return re.sub(r"\\\n", " ", text).split(": ", 1)[-1].split()


def link_faults(words):
    for word in words:
        if word.startswith("-l") and word not in LIBRARIES:
            yield "links the system's %s" % word
        elif word.startswith(("/", "-L/")):
            yield "links %s" % word


def outputs():
    """The folder that this configuration is built into."""
    runfiles = os.path.realpath(os.environ["TEST_SRCDIR"])
    match = re.match(r"(.*/bazel-out/[^/]+/bin)/", runfiles)
    if not match:
        sys.exit("%s lies in no output folder of Bazel" % runfiles)
    return match.group(1)


def read(path):
    with open(path, errors="replace") as f:
        return f.read()


def main():
    top = outputs()
    allowed = system_headers()
    objects, programs, pinned, found = 0, 0, 0, 0
    for folder, _, names in os.walk(top):
        for name in names:
            path = os.path.join(folder, name)
            faults = []
            if name.endswith(".d"):
                objects += 1
                used = headers(read(path))
                pinned += any(h.startswith("external/debian/") for h in used)
                faults = ["includes " + h for h in used
                          if h.startswith("/") and os.path.realpath(h) not in allowed]
            elif name.endswith("-2.params") and not name.endswith((".a-2.params", ".so-2.params")):
                programs += 1
                faults = list(link_faults(read(path).split("\n")))
            for fault in faults:
                print("%s %s" % (os.path.relpath(path, top), fault))
                found += 1
    print("%d objects (%d with pinned libraries), %d programs, %d faults" %
          (objects, pinned, programs, found))
    # A test that saw nothing proves nothing.
    return 1 if found or not pinned or not programs else 0


if __name__ == "__main__":
    sys.exit(main())
