"""The project's C++ rules: the native ones with its warnings, and every test with its main()."""

_COPTS = [
    "-Wall",
    "-Wextra",
    "-Wno-unused-parameter",
    "-Werror",
]

# The programs are static: an image is one file, and nothing of the host's C++ library is used.
_STATIC = select({
    "//tools/bazel:sanitized": [],
    "//conditions:default": ["-static"],
})

def gossamer_cc_library(name, copts = [], **kwargs):
    native.cc_library(name = name, copts = _COPTS + copts, **kwargs)

def gossamer_cc_binary(name, copts = [], linkopts = [], **kwargs):
    native.cc_binary(name = name, copts = _COPTS + copts, linkopts = _STATIC + linkopts, **kwargs)

def gossamer_cc_test(name, copts = [], deps = [], **kwargs):
    """A GoogleTest suite; main() comes with it."""
    native.cc_test(
        name = name,
        copts = _COPTS + copts,
        deps = deps + ["//tools/bazel:test_main"],
        **kwargs
    )

def gossamer_cc_benchmark(name, copts = [], deps = [], **kwargs):
    """A google-benchmark program, run by hand: not part of `bazel test`."""
    native.cc_binary(
        name = name,
        testonly = True,
        copts = _COPTS + copts,
        deps = deps + ["//third_party:benchmark"],
        **kwargs
    )
