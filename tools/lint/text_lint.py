#!/usr/bin/python3 -B
"""Rules for every text file of the source tree, whatever its language."""

import os
import re
import sys

import tree

# Test inputs are what they are.
EXEMPT = re.compile(r"(^|/)(testdata|[a-z0-9_]*corpus|golden)/|\.(golden|lock|sum|pb|bin|png|ico)$")
COLUMNS_MAX = 100
LINED = (".py", ".sh")

RULES = (
    (re.compile(r"[ \t]+$"), "trailing blanks"),
    (re.compile(r"\r"), "a carriage return"),
    (re.compile(r"^(<<<<<<< |>>>>>>> |=======$)"), "a merge conflict"),
    # The tree builds anywhere: nobody's folders are in it.
    (re.compile(r"(?<![\w.$}])/(work|tmp/ob|root|home)/\w"), "a path of somebody's machine"),
)


def faults(path, text):
    """Yields (line, what is wrong)."""
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        for pattern, what in RULES:
            if pattern.search(line):
                yield number, what
        if path.endswith(LINED) and len(line) > COLUMNS_MAX and "http" not in line:
            yield number, "%d columns, more than %d" % (len(line), COLUMNS_MAX)
    if text and not text.endswith("\n"):
        yield len(lines), "no newline at the end"


def main():
    top = tree.root()
    checked, found = 0, 0
    for path in tree.files(top):
        if EXEMPT.search(path):
            continue
        with open(os.path.join(top, path), "rb") as f:
            data = f.read()
        if b"\0" in data:
            continue
        checked += 1
        for line, what in faults(path, data.decode(errors="replace")):
            print("%s:%d: %s" % (path, line, what))
            found += 1
    print("%d files, %d faults" % (checked, found))
    return 1 if found or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
