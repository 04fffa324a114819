#!/usr/bin/python3 -B
"""Who may depend on whom, read from #include lines and BUILD files.

    api <- lib <- {proxy, services/*, cli, examples} <- tests

Components meet only through api/; only tests and the demo's launcher know more than one of them.
Visibility says the same in the BUILD files; this sees to it that nobody opens a door by accident.
"""

import os
import re
import sys

import tree

# Component -> what it may use besides itself.
ALLOWED = {
    "api": set(),
    "cli": {"api", "lib"},
    "examples": {"api", "lib"},
    "lib": {"api"},
    "proxy": {"api", "lib"},
    "services/destination": {"api", "lib"},
    "services/identity": {"api", "lib"},
    "services/injector": {"api", "lib"},
    "services/public-api": {"api", "lib"},
}

# The demo starts every component, with the harness of the tests.
LAUNCHER = "examples/demo"

# Build rules, libraries of others, and what Prometheus scrapes are everyone's.
NEUTRAL = ("third_party", "tools", "k8s/prometheus")

# The proxy's main may be reached by nobody, and its two halves do not know each other.
FORBIDDEN_INSIDE = (
    ("proxy/inbound", "proxy/outbound"),
    ("proxy/outbound", "proxy/inbound"),
)

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
LABEL = re.compile(r'"//([^":]*)(?::[^"]*)?"')
# Images and data of others may be named by who ships or tests them.
NOT_A_DEPENDENCY = re.compile(r"^\s*visibility\s*=\s*\[[^\]]*\]|^\s*packages\s*=\s*\[[^\]]*\]"
                              r"|default_visibility\s*=\s*\[[^\]]*\]|^load\([^)]*\)", re.M)


def within(path, folders):
    return any(path == folder or path.startswith(folder + "/") for folder in folders)


def component(path):
    """The component that a path belongs to, if any."""
    if within(path, [LAUNCHER]):
        return None
    return next((name for name in ALLOWED if within(path, [name])), None)


def used(path, text):
    """Yields (line, path from the root) of everything that a file uses in this tree."""
    if path.endswith((".cc", ".h")):
        pattern = INCLUDE
    elif os.path.basename(path) == "BUILD.bazel":
        pattern = LABEL
        # Blanked, so that line numbers stay.
        text = NOT_A_DEPENDENCY.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)
    else:
        return
    for match in pattern.finditer(text):
        yield text.count("\n", 0, match.start(1)) + 1, match.group(1)


def fault(user, used_path):
    """Why `user` may not use `used_path`; None where it may."""
    for inside, forbidden in FORBIDDEN_INSIDE:
        if user.startswith(inside + "/") and used_path.startswith(forbidden):
            return "%s must not know %s" % (inside, forbidden)
    mine, other = component(user), component(used_path)
    if mine is None or other == mine or within(used_path, NEUTRAL):
        return None
    if other in ALLOWED[mine] or (other is None and not within(used_path, ("tests", "k8s"))):
        return None
    return "%s must not depend on %s" % (mine, other or used_path)


def main():
    top = tree.root()
    checked, found = 0, 0
    for path in tree.files(top):
        if component(path) is None:
            continue
        with open(os.path.join(top, path), errors="replace") as f:
            text = f.read()
        for line, what in used(path, text):
            checked += 1
            why = fault(path, what)
            if why:
                print("%s:%d: %s (%s)" % (path, line, why, what))
                found += 1
    print("%d uses, %d faults" % (checked, found))
    return 1 if found or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
