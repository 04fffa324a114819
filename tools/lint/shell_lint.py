#!/usr/bin/python3 -B
"""Runs shellcheck over every shell script of the source tree."""

import os
import re
import shutil
import subprocess
import sys

import tree


def is_shell(top, path):
    first = tree.shebang(os.path.join(top, path))
    return path.endswith(".sh") or re.search(r"\b(ba|da)?sh\b", first)


def main():
    if not shutil.which("shellcheck"):
        print("shellcheck is missing; ./bazelw installs it", file=sys.stderr)
        return 1
    top = tree.root()
    scripts = [path for path in tree.files(top) if is_shell(top, path)]
    if "bazelw" not in scripts:
        print("found no bazelw under %s" % top, file=sys.stderr)
        return 1
    print("%d scripts" % len(scripts))
    # Below a warning are matters of taste, such as a program in single quotes.
    command = ["shellcheck", "--shell=bash", "--severity=warning", "--"]
    return subprocess.run(command + scripts, cwd=top).returncode


if __name__ == "__main__":
    sys.exit(main())
