#!/usr/bin/python3 -B
"""Formats the source tree, or says what is not formatted.

  format.py BUILDIFIER         formats all C++, .proto, BUILD and .bzl files
  format.py --check-cc         lists C++ and .proto files that it would change
  format.py --check-build BUILDIFIER
"""

import os
import subprocess
import sys

import tree

CLANG_FORMAT = "/usr/lib/llvm-19/bin/clang-format"
FILES_PER_CALL = 40
CALLS_AT_ONCE = 2


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


def cc_paths(top):
    return [path for path in tree.files(top) if path.endswith((".cc", ".h", ".proto"))]


def build_paths(top):
    return [path for path in tree.files(top)
            if os.path.basename(path) in ("BUILD", "WORKSPACE")
            or path.endswith((".bazel", ".bzl"))]


def work(kind, command, paths, top):
    """Formats or checks these files; returns whether all is well."""
    if not paths:
        print("%s: found no file under %s" % (kind, top), file=sys.stderr)
        return False
    good, said = run(command, paths, top)
    if kind == "cc":
        # clang-format shows every place; the file is enough.
        said = "".join(sorted({line.split(":")[0] + " # reformat\n"
                               for line in said.splitlines() if ": error: " in line}))
    print(said, end="")
    print("%s: %d files" % (kind, len(paths)))
    return good


def main(arguments):
    if not os.path.exists(CLANG_FORMAT):
        print("%s is missing; ./bazelw installs it" % CLANG_FORMAT, file=sys.stderr)
        return 1
    top = tree.root()
    check = arguments[:1] in (["--check-cc"], ["--check-build"])
    if arguments == ["--check-cc"]:
        good = work("cc", [CLANG_FORMAT, "--dry-run", "--Werror"], cc_paths(top), top)
    elif len(arguments) == 2 and arguments[0] == "--check-build":
        buildifier = os.path.abspath(arguments[1])
        good = work("build", [buildifier, "-mode=check", "-lint=warn"], build_paths(top), top)
    elif len(arguments) == 1 and not arguments[0].startswith("-"):
        # Relative to where Bazel starts a program: its runfiles.
        buildifier = os.path.abspath(arguments[0])
        good = work("cc", [CLANG_FORMAT, "-i"], cc_paths(top), top)
        good = work("build", [buildifier, "-mode=fix", "-lint=fix"], build_paths(top), top) and good
    else:
        print(__doc__, file=sys.stderr)
        return 2
    if check and not good:
        print("`bazel run //tools/format` formats the tree", file=sys.stderr)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
