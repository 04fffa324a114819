#!/usr/bin/python3 -B
"""Tests of archive.py: locks, versions and derived apt sources."""

import os
import tempfile
import unittest

import archive

SHA = "0123456789abcdef" * 4


class LockTest(unittest.TestCase):

    def test_reads_pins_and_skips_comments(self):
        text = "# a comment\n\nlibre2-dev 1-2 %s  # why\n" % SHA
        self.assertEqual(archive.parse_lock(text), [archive.Pin("libre2-dev", "1-2", SHA)])

    def test_writes_what_it_reads_sorted(self):
        pins = [archive.Pin("zlib1g", "1", SHA), archive.Pin("abseil", "2", SHA)]
        text = archive.format_lock(pins, "x.packages")
        self.assertEqual(archive.parse_lock(text), sorted(pins))
        self.assertLess(text.index("abseil"), text.index("zlib1g"))

    def test_names_the_line_of_a_bad_pin(self):
        for bad in ("name", "name 1.0", "name 1.0 beef", "name 1.0 %s more" % SHA):
            with self.subTest(bad), self.assertRaisesRegex(archive.Error, "x.lock:2: .*update"):
                archive.parse_lock("\n" + bad, "x.lock")

    def test_refuses_a_package_pinned_twice(self):
        with self.assertRaisesRegex(archive.Error, "zlib1g is pinned twice"):
            archive.parse_lock("zlib1g 1 %s\nzlib1g 2 %s" % (SHA, SHA))


class PackagesTest(unittest.TestCase):

    def test_reads_names_and_suites(self):
        text = "# C++\nlibgrpc++-dev\nboringssl bookworm-backports sid # in this order\n"
        self.assertEqual(archive.parse_packages(text),
                         {"libgrpc++-dev": [], "boringssl": ["bookworm-backports", "sid"]})

    def test_names_the_line_of_a_bad_name(self):
        for bad in ("UPPER", "-dash", "semi;colon", "dup\ndup"):
            with self.subTest(bad), self.assertRaisesRegex(archive.Error, "x:[12]: "):
                archive.parse_packages(bad, "x")


class VersionTest(unittest.TestCase):

    def test_upstream_version_has_no_epoch_and_no_debian_revision(self):
        for version, upstream in (
                ("1.51.1-3+b1", "1.51.1"),
                ("1:1.2.13.dfsg-1+b2", "1.2.13.dfsg"),
                ("14.0.0+r45-2~bpo12+1", "14.0.0+r45"),
                ("2.0-rc1-4", "2.0-rc1"),
                ("20230311", "20230311"),
        ):
            self.assertEqual(archive.upstream_version(version), upstream)

    def test_replacement_is_the_newest_revision_of_the_same_upstream_version(self):
        pin = archive.Pin("libgrpc-dev", "1.51.1-3", SHA)
        self.assertEqual(archive.replacement(pin, ["1.60.0-1", "1.51.1-5", "1.51.1-4"]), "1.51.1-5")

    def test_another_upstream_version_is_never_taken(self):
        pin = archive.Pin("libgrpc-dev", "1.51.1-3", SHA)
        for offered in ([], ["1.60.0-1"], ["1.51.10-1"]):
            with self.subTest(offered), self.assertRaisesRegex(
                    archive.Error, r"libgrpc-dev 1\.51\.1-3 is gone(.|\n)*third_party:update"):
                archive.replacement(pin, offered)

    def test_file_name_escapes_the_epoch(self):
        self.assertEqual(archive.file_name("libasio-dev", "1:1.22.1-1", "all"),
                         "libasio-dev_1%3a1.22.1-1_all.deb")


class SourcesTest(unittest.TestCase):

    DEB822 = """\
Types: deb
# A comment
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /keys/debian.gpg

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm

Types: deb
URIs: http://mirror.example/security
Suites: bookworm-security
"""
    ONE_LINE = """\
# deb http://commented.example/debian bookworm main
deb [arch=amd64 signed-by=/keys/list.gpg] http://list.example/debian bookworm main contrib
deb-src http://list.example/debian bookworm main
"""

    def read(self, **files):
        with tempfile.TemporaryDirectory() as etc:
            os.mkdir(etc + "/sources.list.d")
            for name, text in files.items():
                with open(etc + "/" + name.replace("__", "/").replace("_", "."), "w") as f:
                    f.write(text)
            return archive.read_sources(etc)

    def test_reads_both_formats(self):
        self.assertEqual(self.read(**{"sources.list.d__debian_sources": self.DEB822}), [
            ("http://mirror.example/debian", ["bookworm", "bookworm-updates"], "/keys/debian.gpg"),
            ("http://mirror.example/security", ["bookworm-security"], ""),
        ])
        self.assertEqual(self.read(sources_list=self.ONE_LINE),
                         [("http://list.example/debian", ["bookworm"], "/keys/list.gpg")])

    def test_another_suite_comes_from_the_archive_of_the_systems_release(self):
        system = self.read(sources_list=self.ONE_LINE)
        text = archive.derive_sources(system, "bookworm", ["trixie"], "deb-src")
        self.assertIn("Types: deb-src\nURIs: http://list.example/debian\nSuites: trixie\n", text)
        self.assertIn("Signed-By: /keys/list.gpg\n", text)

    def test_a_suite_that_the_system_knows_keeps_its_address(self):
        system = self.read(**{"sources.list.d__debian_sources": self.DEB822})
        text = archive.derive_sources(system, "bookworm", ["bookworm", "bookworm-security"], "deb")
        self.assertIn("URIs: http://mirror.example/security\nSuites: bookworm-security\n", text)
        self.assertIn("Signed-By: %s\n" % archive.KEYRING, text)

    def test_security_is_left_out_where_the_system_does_not_use_it(self):
        system = self.read(sources_list=self.ONE_LINE)
        text = archive.derive_sources(system, "bookworm", ["bookworm-security"], "deb")
        self.assertEqual(text, "")

    def test_says_so_where_no_source_serves_the_release(self):
        with self.assertRaisesRegex(archive.Error, "no apt source in /etc/apt serves bookworm"):
            archive.derive_sources([], "bookworm", ["trixie"], "deb")


if __name__ == "__main__":
    unittest.main()
