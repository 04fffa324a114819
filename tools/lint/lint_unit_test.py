#!/usr/bin/python3 -B
"""Tests of fuzz_suite.py, hermetic.py, layering.py, text_lint.py and tree.py."""

import os
import tempfile
import unittest

import fuzz_suite
import hermetic
import layering
import text_lint
import tree


class FuzzSuiteTest(unittest.TestCase):

    def test_reads_declarations(self):
        text = 'cc_fuzz_test(\n    name = "a_fuzz",\n)\n\ncc_test(\n    name = "b_test",\n)\n'
        self.assertEqual(fuzz_suite.fuzzers("lib/x/BUILD.bazel", text), ["//lib/x:a_fuzz"])

    def test_tells_what_is_missing_and_what_is_not_there(self):
        self.assertEqual(list(fuzz_suite.faults(["//a:b"], ["//a:b"], "f")), [])
        self.assertEqual(list(fuzz_suite.faults(["//a:b"], ["//a:c"], "f")),
                         ["f: lacks //a:b", "f: there is no fuzzer //a:c"])


class HermeticTest(unittest.TestCase):

    def test_reads_prerequisites(self):
        text = "a.o: lib/a.cc \\\n external/debian/absl.h /usr/include/stdio.h\n"
        self.assertEqual(hermetic.headers(text),
                         ["lib/a.cc", "external/debian/absl.h", "/usr/include/stdio.h"])

    def test_knows_the_systems_headers_from_libraries(self):
        allowed = hermetic.system_headers()
        self.assertIn("/usr/include/stdio.h", allowed)
        self.assertIn("/usr/include/c++/12/vector", allowed)
        self.assertNotIn("/usr/include/zlib.h", allowed)

    def test_finds_libraries_of_the_system_on_a_link_line(self):
        self.assertEqual(list(hermetic.link_faults(["-o", "x", "a.o", "-lstdc++", "-lm"])), [])
        self.assertEqual(len(list(hermetic.link_faults(["-lz", "-L/usr/lib", "/usr/lib/a.a"]))), 3)


class LayeringTest(unittest.TestCase):

    def test_lets_components_use_what_lies_below_them(self):
        for user, used in (
                ("services/identity/main.cc", "lib/x509/keys.h"),
                ("services/identity/main.cc", "api/identity/v1/identity.pb.h"),
                ("services/identity/main.cc", "services/identity/server.h"),
                ("proxy/app/proxy.cc", "proxy/inbound/accept.h"),
                ("lib/grpc/client.h", "api/net/v1/net.pb.h"),
                ("cli/BUILD.bazel", "third_party"),
                ("tests/mesh/mesh_test.cc", "services/identity/server.h"),
                ("examples/demo/BUILD.bazel", "tests/support"),
        ):
            self.assertIsNone(layering.fault(user, used), (user, used))

    def test_keeps_components_apart(self):
        for user, used in (
                ("services/identity/main.cc", "services/destination/server.h"),
                ("services/public-api/main.cc", "services/destination"),
                ("proxy/app/proxy.cc", "services/identity"),
                ("lib/x509/keys.cc", "proxy/config/config.h"),
                ("api/net/v1/BUILD.bazel", "lib/net"),
                ("cli/main.cc", "proxy/config/config.h"),
                ("lib/log/log_test.cc", "tests/support/process.h"),
                ("proxy/inbound/accept.cc", "proxy/outbound/route.h"),
        ):
            self.assertIsNotNone(layering.fault(user, used), (user, used))

    def test_reads_includes_and_build_files(self):
        self.assertEqual(
            list(layering.used("a.cc", '#include <string>\n#include "lib/log/log.h"\n')),
            [(2, "lib/log/log.h")])
        build = ('load("//tools/bazel:cc.bzl", "x")\n\nx(\n    name = "y",\n'
                 '    visibility = ["//proxy:__subpackages__"],\n    deps = ["//lib/log"],\n)\n')
        self.assertEqual(list(layering.used("a/BUILD.bazel", build)), [(6, "lib/log")])


class TextTest(unittest.TestCase):

    def found(self, text, path="a.py"):
        return [what for _, what in text_lint.faults(path, text)]

    def test_accepts_plain_text(self):
        self.assertEqual(self.found("#!/usr/bin/python3\nx = '/rooted/path'\n"), [])
        self.assertEqual(self.found(""), [])

    def test_finds_faults(self):
        for text, what in (
                ("x \n", "trailing blanks"),
                ("x\r\n", "a carriage return"),
                ("<<<<<<< HEAD\n", "a merge conflict"),
                ("x", "no newline at the end"),
                ("x" * 101 + "\n", "101 columns, more than 100"),
                ("see /ro" + "ot/notes\n", "a path of somebody's machine"),
        ):
            self.assertIn(what, self.found(text))


class TreeTest(unittest.TestCase):

    def test_lists_files_without_bazels_links_where_git_does_not_help(self):
        with tempfile.TemporaryDirectory() as top:
            os.makedirs(top + "/lib")
            os.makedirs(top + "/bazel-out")
            for name in ("lib/a.cc", "bazel-out/b.cc", "c.cc"):
                with open(os.path.join(top, name), "w"):
                    pass
            os.symlink("c.cc", top + "/link.cc")
            self.assertEqual(tree.files(top), ["c.cc", "lib/a.cc"])


if __name__ == "__main__":
    unittest.main()
