#!/usr/bin/python3 -B
"""Formats the source tree, or says what is not formatted.

  format.py BUILDIFIER            formats all C++, .proto, BUILD and .bzl files
  format.py BUILDIFIER check cc   lists C++ and .proto files that it would change
  format.py BUILDIFIER check build
"""

import os
import subprocess
import sys

import tree

CLANG_FORMAT = "/usr/lib/llvm-19/bin/clang-format"
FILES_PER_CALL = 40
CALLS_AT_ONCE = 2


def is_cc(path):
    return path.endswith((".cc", ".h", ".proto"))


def is_build(path):
    name = os.path.basename(path)
    return name in ("BUILD", "WORKSPACE") or path.endswith((".bazel", ".bzl"))


def run(command, paths, top):
    """Runs a command over paths, some at once; returns whether all went well, and what it said."""
    chunks = [paths[i:i + FILES_PER_CALL] for i in range(0, len(paths), FILES_PER_CALL)]
    good, said = True, []
    while chunks:
        now, chunks = chunks[:CALLS_AT_ONCE], chunks[CALLS_AT_ONCE:]
        running = [subprocess.Popen(command + chunk, cwd=top, stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT, universal_newlines=True)
                   for chunk in now]
        for process in running:
            said.append(process.communicate()[0])
            good = good and process.returncode == 0
    return good, "".join(said)


def main(buildifier, *mode):
    # Relative to where Bazel starts a program: its runfiles.
    buildifier = os.path.abspath(buildifier)
    commands = {
        "cc": (is_cc, [CLANG_FORMAT, "-i"], [CLANG_FORMAT, "--dry-run", "--Werror"]),
        "build": (is_build, [buildifier, "-mode=fix", "-lint=fix"],
                  [buildifier, "-mode=check", "-lint=warn"]),
    }
    if mode and (len(mode) != 2 or mode[0] != "check" or mode[1] not in commands):
        print(__doc__, file=sys.stderr)
        return 2
    if not os.path.exists(CLANG_FORMAT):
        print("%s is missing; ./bazelw installs it" % CLANG_FORMAT, file=sys.stderr)
        return 1
    top = tree.root()
    paths = tree.files(top)
    failed = False
    for kind in mode[1:] or sorted(commands):
        belongs, fix, check = commands[kind]
        mine = [path for path in paths if belongs(path)]
        if not mine:
            print("%s: found no file to look at under %s" % (kind, top), file=sys.stderr)
            return 1
        good, said = run(check if mode else fix, mine, top)
        if mode and kind == "cc":
            # clang-format shows every place; the file is enough.
            said = "".join(sorted({line.split(":")[0] + " # reformat\n"
                                   for line in said.splitlines() if ": error: " in line}))
        print(said, end="")
        print("%s: %d files %s" % (kind, len(mine), "checked" if mode else "formatted"))
        failed = failed or not good
    if failed and mode:
        print("`bazel run //tools/format` formats the tree", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
