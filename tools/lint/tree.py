"""The source tree, for programs that look at all of it.

Bazel shows a test its declared files only. What is checked here is every file, so these tests run
outside the sandbox, and anew each time.
"""

import os
import shutil
import subprocess
import sys


def root():
    """The workspace's folder: `bazel run` names it, a test finds it behind a file's link."""
    named = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    if named:
        return named
    here = os.path.dirname(os.path.realpath(__file__))
    while not os.path.exists(os.path.join(here, "WORKSPACE")):
        if here == "/":
            sys.exit("no WORKSPACE above %s" % __file__)
        here = os.path.dirname(here)
    return here


def _walk(top):
    for folder, folders, names in os.walk(top):
        folders[:] = [f for f in folders if f != ".git" and not f.startswith("bazel-")
                      and not os.path.islink(os.path.join(folder, f))]
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), top)


def _git_files(top):
    """What git tracks or could add; None where this is no checkout or there is no git."""
    if not shutil.which("git"):
        return None
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "-C", top, "ls-files", "-z", "--cached", "--others",
         "--exclude-standard"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True)
    return listing.stdout.split("\0") if listing.returncode == 0 else None


def files(top):
    """Every source file, by path from `top`: what git tracks or could add, else what is there."""
    found = _git_files(top) or _walk(top)
    # A file that git tracks may be deleted, and a link may lead anywhere.
    return sorted(path for path in found if path and os.path.isfile(os.path.join(top, path))
                  and not os.path.islink(os.path.join(top, path)))


def shebang(path):
    """The first line of a script; empty for anything else."""
    with open(path, "rb") as f:
        first = f.readline(200)
    return first.decode(errors="replace").strip() if first.startswith(b"#!") else ""
