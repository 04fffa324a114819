"""cc_fuzz_test: one fuzzer, two uses.

In an ordinary build it is a test: it replays the corpus, every truncation of its inputs, and a
fixed number of seeded mutations. With --config=fuzz it is a libFuzzer program that starts from
the corpus: `bazel test` runs it for ten seconds, and

    bazel run --config=fuzz //lib/foo:foo_fuzz -- -max_total_time=600 /folder/of/findings

for as long as one likes.
"""

load("//tools/bazel:cc.bzl", "GOSSAMER_COPTS")

def _corpus_list_impl(ctx):
    # libFuzzer's -seed_inputs reads such a file: paths with commas between them.
    out = ctx.actions.declare_file(ctx.label.name + ".txt")
    ctx.actions.write(out, ",".join([f.short_path for f in ctx.files.corpus]))
    return [DefaultInfo(files = depset([out]), runfiles = ctx.runfiles([out]))]

_corpus_list = rule(
    implementation = _corpus_list_impl,
    attrs = {"corpus": attr.label_list(allow_files = True)},
)

def cc_fuzz_test(name, srcs, corpus = [], deps = [], **kwargs):
    """A fuzzer of LLVMFuzzerTestOneInput().

    Args:
      name: the target's name, FOO_fuzz beside FOO.
      srcs: the source that defines LLVMFuzzerTestOneInput.
      corpus: input files, one input each; say glob(["testdata/foo_corpus/**"]).
      deps: libraries.
      **kwargs: as for cc_test.
    """
    _corpus_list(
        name = name + "_corpus",
        testonly = True,
        corpus = corpus,
        visibility = ["//visibility:private"],
    )
    corpus_list = ":%s_corpus" % name
    native.cc_test(
        name = name,
        srcs = srcs,
        args = select({
            "//tools/bazel:fuzzing": [
                "-max_total_time=10",
                "-seed_inputs=@$(location %s)" % corpus_list,
            ],
            "//conditions:default": ["$(location %s)" % corpus_list],
        }),
        copts = GOSSAMER_COPTS,
        data = corpus + [corpus_list],
        linkopts = select({
            "//tools/bazel:fuzzing": ["-fsanitize=fuzzer"],
            "//conditions:default": [],
        }),
        deps = deps + select({
            "//tools/bazel:fuzzing": [],
            "//conditions:default": ["//tools/bazel:replay_main"],
        }),
        **kwargs
    )
