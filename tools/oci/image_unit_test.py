#!/usr/bin/python3 -B
"""Tests of image.py: what reaches a layer, and that nothing else does."""

import io
import os
import subprocess
import sys
import tarfile
import tempfile
import unittest

import image


def entries(layer):
    with tarfile.open(fileobj=io.BytesIO(layer.tar())) as tar:
        return {member.name: member for member in tar}


class LayerTest(unittest.TestCase):

    def test_brings_the_folders_above_a_file(self):
        layer = image.Layer()
        layer.add_file("/usr/bin/program", b"x", 0o755)
        found = entries(layer)
        self.assertEqual(sorted(found), ["usr", "usr/bin", "usr/bin/program"])
        self.assertTrue(found["usr"].isdir())
        self.assertEqual((found["usr/bin"].mode, found["usr/bin/program"].mode), (0o755, 0o755))

    def test_does_not_depend_on_the_order_of_additions(self):
        one, other = image.Layer(), image.Layer()
        for path in ("a/b", "c"):
            one.add_file(path, b"")
        for path in ("c", "a/b"):
            other.add_file(path, b"")
        self.assertEqual(one.tar(), other.tar())

    def test_refuses_one_path_twice(self):
        layer = image.Layer()
        layer.add_file("/etc/a", b"")
        with self.assertRaisesRegex(image.Error, "/etc/a comes twice"):
            layer.add_file("etc//a", b"")

    def test_gives_capabilities_as_the_kernel_stores_them(self):
        layer = image.Layer()
        layer.add_file("/sbin/iptables", b"")
        layer.grant("/sbin/iptables", ["net_admin", "net_raw"])
        value = entries(layer)["sbin/iptables"].pax_headers["SCHILY.xattr.security.capability"]
        self.assertEqual(value.encode("latin-1"),
                         b"\x01\x00\x00\x02" + b"\x00\x30\x00\x00" + bytes(12))

    def test_refuses_capabilities_of_nothing_and_unknown_ones(self):
        layer = image.Layer()
        with self.assertRaisesRegex(image.Error, "no file /sbin/x"):
            layer.grant("/sbin/x", ["net_raw"])
        with self.assertRaisesRegex(image.Error, "unknown capability 'everything'"):
            image.capability_xattr(["everything"])


class PackageTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        tree = folder.name + "/tree"
        os.makedirs(tree + "/DEBIAN")
        os.makedirs(tree + "/lib")
        with open(tree + "/DEBIAN/control", "w") as f:
            f.write("Package: p\nVersion: 1\nArchitecture: all\nMaintainer: m\nDescription: d\n")
        for name in ("libp.so.1", "other"):
            with open(tree + "/lib/" + name, "w") as f:
                f.write(name)
        os.symlink("libp.so.1", tree + "/lib/libp.so")
        os.chmod(tree + "/lib/libp.so.1", 0o4775)
        self.deb = folder.name + "/p.deb"
        subprocess.run(["dpkg-deb", "--build", "--root-owner-group", tree, self.deb], check=True,
                       stdout=subprocess.DEVNULL)

    def test_takes_what_matches_without_special_modes(self):
        layer = image.Layer()
        layer.add_package(self.deb, ["/lib/libp.so*"])
        found = entries(layer)
        self.assertEqual(sorted(found), ["lib", "lib/libp.so", "lib/libp.so.1"])
        self.assertEqual(found["lib/libp.so"].linkname, "libp.so.1")
        self.assertEqual(found["lib/libp.so.1"].mode, 0o755)
        self.assertEqual(found["lib/libp.so.1"].mtime, 0)

    def test_says_which_pattern_matches_nothing(self):
        with self.assertRaisesRegex(image.Error, "nothing matches /lib/absent"):
            image.Layer().add_package(self.deb, ["/lib/absent", "/lib/other"])


class ReproducibleTest(unittest.TestCase):

    def layout(self, folder, umask, environment):
        os.makedirs(folder)
        with open(folder + "/program", "w") as f:
            f.write("the program")
        os.utime(folder + "/program", (umask, umask))
        subprocess.run(
            [sys.executable, "-B", os.path.abspath("tools/oci/image.py"), "--out", "layout",
             "--user", "65532:65532", "--file", "/usr/bin/program=program",
             "--directory", "/data=65532", "--entrypoint", "/usr/bin/program",
             "--argument=--flag", "--label", "b=2", "--label", "a=1"],
            check=True, cwd=folder, env=environment, preexec_fn=lambda: os.umask(umask))
        return {os.path.relpath(os.path.join(where, name), folder + "/layout"):
                image.read(os.path.join(where, name))
                for where, _, names in os.walk(folder + "/layout") for name in names}

    def test_nothing_of_the_machine_reaches_the_bytes(self):
        with tempfile.TemporaryDirectory() as folder:
            one = self.layout(folder + "/one", 0o022, {"TZ": "UTC", "PYTHONHASHSEED": "1"})
            other = self.layout(folder + "/deep/other", 0o077,
                                {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "2", "LC_ALL": "C",
                                 "SOURCE_DATE_EPOCH": "1700000000", "USER": "someone"})
            self.assertEqual(one, other)
            self.assertEqual(len(one), 6)  # Two layers, config, manifest, index, marker.


if __name__ == "__main__":
    unittest.main()
