"""cc_fuzz_test: a libFuzzer binary with --config=fuzz, else a test that replays its corpus."""

def cc_fuzz_test(name, srcs, corpus = [], deps = [], **kw):
    native.cc_test(
        name = name,
        srcs = srcs + select({
            "//tools/bazel:fuzzing": [],
            "//conditions:default": ["//tools/bazel:replay_main.cc"],
        }),
        args = ["$(locations %s)" % c for c in corpus],
        data = corpus,
        linkopts = select({
            "//tools/bazel:fuzzing": ["-fsanitize=fuzzer"],
            "//conditions:default": [],
        }),
        deps = deps,
        **kw
    )
