#!/usr/bin/python3 -B
"""Tests of fetch.py against a fake apt: what the archive offers is a folder of the test's."""

import contextlib
import hashlib
import io
import os
import tempfile
import unittest

import archive
import fetch

# Knows the calls that fetch.py makes; an offered file is NAME_VERSION_all.deb, its version with
# %3a. `apt-get download` fails as a whole where one version is not on offer, as apt does.
FAKE_APT_GET = """#!/bin/bash
echo "apt-get $*" >> "$FAKE/calls"
shift
case $1 in
  update)
    suite=$(cat "$FAKE/unreachable" 2>/dev/null)
    if [[ -n $suite ]] && grep -q "$suite" "$(dirname "$APT_CONFIG")"/sources/*; then
      echo "E: Release file of $suite is expired" >&2; exit 100
    fi ;;
  download) shift
    for want; do
      f=$FAKE/offer/${want%%=*}_$(sed 's/:/%3a/' <<< "${want#*=}")_all.deb
      [[ -f $f ]] || { echo "E: Version for '$want' was not found" >&2; exit 100; }
    done
    for want; do cp "$FAKE/offer/${want%%=*}_$(sed 's/:/%3a/' <<< "${want#*=}")_all.deb" .; done ;;
  source) cp "$FAKE/offer/${!#}.tar" "${!#%%=*}_1.orig.tar.gz" ;;
esac
"""
FAKE_APT_CACHE = """#!/bin/bash
echo "apt-cache $*" >> "$FAKE/calls"
cat "$FAKE/madison.$2" 2>/dev/null
"""


class FetchTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.fake = folder.name
        for name in ("bin", "offer", "out", "cache"):
            os.mkdir(os.path.join(self.fake, name))
        self.put("bin/apt-get", FAKE_APT_GET, 0o755)
        self.put("bin/apt-cache", FAKE_APT_CACHE, 0o755)
        environment = dict(os.environ)
        self.addCleanup(lambda: (os.environ.clear(), os.environ.update(environment)))
        os.environ.update(FAKE=self.fake, DEBIAN_PACKAGES_CACHE=self.fake + "/cache",
                          HOME=self.fake, PATH=self.fake + "/bin:" + os.environ["PATH"])
        sources = archive.read_sources
        self.addCleanup(setattr, archive, "read_sources", sources)
        archive.read_sources = lambda: [("http://mirror.example", [archive.codename()], "")]

    def put(self, name, text, mode=0o644):
        path = os.path.join(self.fake, name)
        with open(path, "w") as f:
            f.write(text)
        os.chmod(path, mode)

    def offer(self, name, version, body):
        """Puts a package on offer; returns its pin."""
        self.put("offer/" + archive.file_name(name, version, "all"), body)
        with open(os.path.join(self.fake, "madison." + name), "a") as f:
            f.write("%10s | %s | http://mirror.example bookworm/main\n" % (name, version))
        return archive.Pin(name, version, hashlib.sha256(body.encode()).hexdigest())

    def got(self, name):
        with open(os.path.join(self.fake, "out", name)) as f:
            return f.read()

    def calls(self):
        path = self.fake + "/calls"
        if not os.path.exists(path):
            return ""
        with open(path) as f:
            return f.read()

    def fetch(self, pins, suites=()):
        stderr = io.StringIO()
        with contextlib.redirect_stderr(stderr):
            fetch.fetch_packages(pins, self.fake + "/out", list(suites))
        return stderr.getvalue()

    def test_brings_every_package_by_one_call(self):
        pins = [self.offer("one", "1-1", "first"), self.offer("two", "1:2-1", "second")]
        self.fetch(pins)
        self.assertEqual((self.got("one.deb"), self.got("two.deb")), ("first", "second"))
        self.assertEqual(self.calls().count("download"), 1)
        self.assertEqual(sorted(os.listdir(self.fake + "/out")), ["one.deb", "two.deb"])

    def test_a_second_fetch_asks_nobody(self):
        pins = [self.offer("one", "1-1", "first")]
        self.fetch(pins)
        os.remove(self.fake + "/out/one.deb")
        os.remove(self.fake + "/calls")
        self.assertEqual(self.fetch(pins), "")
        self.assertEqual(self.got("one.deb"), "first")
        self.assertEqual(self.calls(), "")

    def test_a_damaged_cache_entry_is_fetched_again(self):
        pin = self.offer("one", "1-1", "first")
        self.put("cache/%s.deb" % pin.sha256, "damaged")
        self.fetch([pin])
        self.assertEqual(self.got("one.deb"), "first")

    def test_a_wrong_checksum_is_an_error_and_is_not_kept(self):
        pin = self.offer("one", "1-1", "first")._replace(sha256="0" * 64)
        with self.assertRaisesRegex(archive.Error, "one 1-1 has checksum .* do not trust"):
            self.fetch([pin])
        self.assertNotIn("one.deb", os.listdir(self.fake + "/out"))
        self.assertNotIn("0" * 64 + ".deb", os.listdir(self.fake + "/cache"))

    def test_a_version_that_is_gone_gives_way_to_a_newer_revision_with_a_warning(self):
        other = self.offer("other", "5-1", "other")
        self.offer("one", "1.0-4", "newer revision")
        gone = archive.Pin("one", "1.0-3", "0" * 64)
        said = self.fetch([other, gone])
        self.assertEqual(self.got("one.deb"), "newer revision")
        self.assertEqual(self.got("other.deb"), "other")
        self.assertIn("WARNING: one 1.0-3 is gone, taking 1.0-4", said)
        self.assertIn("bazel run //third_party:update", said)

    def test_a_version_that_is_gone_for_good_is_an_error_that_says_what_to_do(self):
        self.offer("one", "2.0-1", "another upstream version")
        with self.assertRaisesRegex(archive.Error, "one 1.0-3 is gone(.|\n)*third_party:update"):
            self.fetch([archive.Pin("one", "1.0-3", "0" * 64)])

    def test_other_suites_come_from_private_lists_alone(self):
        self.fetch([self.offer("one", "1-1", "first")], suites=["trixie"])
        self.assertEqual(self.got("one.deb"), "first")
        self.assertLess(self.calls().index("update"), self.calls().index("download"))
        with open(self.fake + "/cache/apt/deb-trixie/sources/derived.sources") as f:
            self.assertIn("Suites: trixie\n", f.read())

    def test_source_tarball_survives_a_new_debian_revision(self):
        pin = self.offer("lib", "1.0-2", "tarball")._replace(version="1.0-1")
        self.put("offer/lib=1.0-2.tar", "tarball")
        stderr = io.StringIO()
        with contextlib.redirect_stderr(stderr):
            fetch.fetch_source(pin, ["bookworm"], self.fake + "/out/orig")
        self.assertEqual(self.got("orig"), "tarball")
        self.assertIn("WARNING: lib 1.0-1 is gone", stderr.getvalue())

    def test_a_suite_out_of_reach_gives_way_to_the_next(self):
        pin = self.offer("lib", "1.0-1", "tarball")
        self.put("offer/lib=1.0-1.tar", "tarball")
        self.put("unreachable", "sid")
        fetch.fetch_source(pin, ["sid", "bookworm"], self.fake + "/out/orig")
        self.assertEqual(self.got("orig"), "tarball")

    def test_no_suite_at_all_is_an_error_that_names_each(self):
        pin = self.offer("lib", "1.0-1", "tarball")
        self.put("unreachable", "sid")
        with self.assertRaisesRegex(archive.Error, "^sid: .*update(.|\n)*expired"):
            fetch.fetch_source(pin, ["sid"], self.fake + "/out/orig")


if __name__ == "__main__":
    unittest.main()
