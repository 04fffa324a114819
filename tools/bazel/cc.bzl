"""The project's C++ rules: the native ones with our warnings, static linking and test main()."""

# Warnings that every C++ file of ours compiles without. Third-party headers are system headers
# (-isystem) and stay silent.
_WARNINGS = [
    "-Wall",
    "-Wextra",
    "-Wextra-semi",
    "-Wimplicit-fallthrough",
    "-Wnon-virtual-dtor",
    "-Wvla",
    # Callbacks and overrides often leave a parameter alone; its name still documents it.
    "-Wno-unused-parameter",
]

# GCC 12 warns of uses after free and of missing initializers that are not there: under
# --config=gcc warnings are shown and do not stop the build.
GOSSAMER_COPTS = _WARNINGS + select({
    "//tools/bazel:gcc": [],
    "//conditions:default": [
        "-Werror",
        "-Wthread-safety",
    ],
})

# A program is one file that needs nothing of its host, at an address of the kernel's choice.
# The sanitizers' run-time libraries need a dynamic linker.
_PROGRAM_LINKOPTS = select({
    "//tools/bazel:sanitized": [],
    "//conditions:default": [
        "-static-pie",
        # Functions alike to the byte (of templates, mostly) are kept once.
        "-Wl,--icf=safe",
        # A word of relocations for every 63 pointers: less to read and to keep at start.
        "-Wl,-z,pack-relative-relocs",
        # Bazel adds -pie, which means less.
        "-Wno-unused-command-line-argument",
    ],
})

_PROGRAM_DEPS = select({
    "//tools/bazel:tsan": ["//tools/bazel:tsan_suppressions"],
    "//conditions:default": [],
})

def gossamer_cc_library(name, copts = [], **kwargs):
    """A cc_library of ours.

    Args:
      name: the target's name.
      copts: flags in addition to the project's.
      **kwargs: as for cc_library.
    """
    native.cc_library(name = name, copts = GOSSAMER_COPTS + copts, **kwargs)

def gossamer_cc_binary(name, copts = [], linkopts = [], deps = [], **kwargs):
    """A program of ours, statically linked.

    Args:
      name: the target's name; NAME.stripped is the same program without symbols.
      copts: flags in addition to the project's.
      linkopts: flags in addition to the project's.
      deps: libraries.
      **kwargs: as for cc_binary.
    """
    native.cc_binary(
        name = name,
        copts = GOSSAMER_COPTS + copts,
        linkopts = _PROGRAM_LINKOPTS + linkopts,
        deps = deps + _PROGRAM_DEPS,
        **kwargs
    )

def gossamer_cc_test(name, copts = [], deps = [], **kwargs):
    """A GoogleTest suite; main() comes with it.

    Args:
      name: the target's name.
      copts: flags in addition to the project's.
      deps: libraries; GoogleTest need not be among them.
      **kwargs: as for cc_test.
    """
    native.cc_test(
        name = name,
        copts = GOSSAMER_COPTS + copts,
        deps = deps + ["//tools/bazel:test_main"] + _PROGRAM_DEPS,
        **kwargs
    )

def gossamer_cc_benchmark(name, copts = [], deps = [], visibility = None, **kwargs):
    """A google-benchmark program, run by hand: not part of `bazel test`.

    NAME_lib holds the benchmarks alone, for a program of several (//tests/bench:micro).

    Args:
      name: the target's name.
      copts: flags in addition to the project's.
      deps: libraries; google-benchmark and main() need not be among them.
      visibility: of NAME_lib besides this package.
      **kwargs: as for cc_library.
    """
    native.cc_library(
        name = name + "_lib",
        testonly = True,
        alwayslink = True,
        copts = GOSSAMER_COPTS + copts,
        visibility = (visibility or []) + ["//tests/bench:__pkg__"],
        deps = deps + ["//third_party:benchmark"],
        **kwargs
    )
    native.cc_binary(
        name = name,
        testonly = True,
        linkopts = _PROGRAM_LINKOPTS,
        visibility = visibility,
        deps = [
            ":" + name + "_lib",
            "//tools/bazel:benchmark_main",
        ],
    )
