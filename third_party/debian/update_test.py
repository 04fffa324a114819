#!/usr/bin/python3 -B
"""Tests of update.py: what it reads from apt and what it writes."""

import contextlib
import io
import os
import tempfile
import unittest

import archive
import update

ONE, TWO = "1" * 64, "2" * 64

SHOW = """\
Package: libre2-dev
Version: 20220601+dfsg-1+b1
Depends: libre2-9
SHA256: %s
Description: regular expressions
 Version: not this one

Package: libre2-dev
Version: 20200101-1
SHA256: %s

Package: virtual
Version: 1
""" % (ONE, TWO)

SHOWSRC = """\
Package: benchmark
Version: 1.7.1-1
Checksums-Sha256:
 %s 197000 benchmark_1.7.1.orig.tar.gz
 %s 8000 benchmark_1.7.1-1.debian.tar.xz
""" % (ONE, TWO)


def read(path):
    with open(path) as f:
        return f.read()


class UpdateTest(unittest.TestCase):

    def test_pins_the_first_complete_record_of_each_package(self):
        self.assertEqual(update.binary_pins(SHOW),
                         {"libre2-dev": archive.Pin("libre2-dev", "20220601+dfsg-1+b1", ONE)})

    def test_pins_the_upstream_tarball_of_a_source(self):
        self.assertEqual(update.source_pin("benchmark", SHOWSRC, "1.7.1-1"),
                         archive.Pin("benchmark", "1.7.1-1", ONE))

    def test_a_source_without_its_tarball_is_an_error(self):
        with self.assertRaisesRegex(archive.Error, "benchmark 9-1: no single upstream tarball"):
            update.source_pin("benchmark", SHOWSRC, "9-1")

    def test_a_lock_is_written_whole_and_leaves_nothing_beside_it(self):
        with tempfile.TemporaryDirectory() as folder:
            for text in ("old", "new"):
                update.write_atomically(folder + "/x.lock", text)
            self.assertEqual(os.listdir(folder), ["x.lock"])
            self.assertEqual(read(folder + "/x.lock"), "new")

    def test_a_failure_leaves_the_old_lock(self):
        with tempfile.TemporaryDirectory() as folder:
            os.makedirs(folder + "/third_party/debian")
            stem = folder + "/third_party/debian/bookworm"
            with open(stem + ".packages", "w") as f:
                f.write("Bad Name\n")
            with open(stem + ".lock", "w") as f:
                f.write("old")
            environment = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
            os.environ["BUILD_WORKSPACE_DIRECTORY"] = folder
            stderr = io.StringIO()
            try:
                with contextlib.redirect_stderr(stderr):
                    self.assertEqual(update.main([]), 1)
            finally:
                os.environ.pop("BUILD_WORKSPACE_DIRECTORY")
                if environment is not None:
                    os.environ["BUILD_WORKSPACE_DIRECTORY"] = environment
            self.assertIn("bookworm.packages:1: 'Bad' is not a package name", stderr.getvalue())
            self.assertEqual(read(stem + ".lock"), "old")

    def test_says_which_pins_changed(self):
        stderr = io.StringIO()
        with contextlib.redirect_stderr(stderr):
            update.report([archive.Pin("a", "1", ONE), archive.Pin("b", "1", ONE)],
                          [archive.Pin("a", "2", TWO), archive.Pin("c", "1", ONE)])
        self.assertEqual(stderr.getvalue().split("update:")[1:],
                         ["   a: 1 -> 2\n", "   b: 1 -> none\n", "   c: none -> 1\n"])


if __name__ == "__main__":
    unittest.main()
