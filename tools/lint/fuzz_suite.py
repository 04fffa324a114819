#!/usr/bin/python3 -B
"""Every fuzzer stands in the nightly suite and in the table of docs/FUZZING.md."""

import os
import re
import sys

import tree

SUITE = "tests/fuzz/BUILD.bazel"
TABLE = "docs/FUZZING.md"
# The build rules' own test.
EXEMPT = ("//tests/build:probe_fuzz",)

FUZZER = re.compile(r"^cc_fuzz_test\(\s*name = \"([^\"]+)\"", re.M)
LABEL = re.compile(r"\"(//[^\"]+_fuzz)\"")
ROW = re.compile(r"^\| `(//[^`]+_fuzz)`", re.M)


def fuzzers(path, text):
    """The labels of the fuzzers that a BUILD file declares."""
    return ["//%s:%s" % (os.path.dirname(path), name) for name in FUZZER.findall(text)]


def faults(declared, listed, where):
    """Yields what a list lacks and what it has too much."""
    for label in sorted(set(declared) - set(listed)):
        yield "%s: lacks %s" % (where, label)
    for label in sorted(set(listed) - set(declared)):
        yield "%s: there is no fuzzer %s" % (where, label)


def main():
    top = tree.root()
    texts = {}
    for path in tree.files(top):
        if path.endswith("BUILD.bazel") or path == TABLE:
            with open(os.path.join(top, path)) as f:
                texts[path] = f.read()
    declared = [label for path, text in texts.items() for label in fuzzers(path, text)
                if label not in EXEMPT]
    found = list(faults(declared, LABEL.findall(texts.get(SUITE, "")), SUITE))
    found += faults(declared, ROW.findall(texts.get(TABLE, "")), TABLE)
    for fault in found:
        print(fault)
    print("%d fuzzers, %d faults" % (len(declared), len(found)))
    return 1 if found or not declared else 0


if __name__ == "__main__":
    sys.exit(main())
