"""The aspect of --config=tidy: clang-tidy over each C++ source with the flags it compiles with."""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

def _files(rule, attribute, extension):
    files = []
    for target in getattr(rule.attr, attribute, []):
        files += target.files.to_list()
    return [f for f in files if f.is_source and f.extension == extension]

def _sources(rule):
    """What to look at: a header is seen where its source includes it, if it has one."""
    return _files(rule, "srcs", "cc") or _files(rule, "hdrs", "h")

def _flags(ctx, compilation):
    """The command line of the toolchain and of the target, without inputs and outputs."""
    toolchain = find_cpp_toolchain(ctx)
    features = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )
    variables = cc_common.create_compile_variables(
        cc_toolchain = toolchain,
        feature_configuration = features,
        user_compile_flags = ctx.fragments.cpp.copts + ctx.fragments.cpp.cxxopts,
    )
    flags = cc_common.get_memory_inefficient_command_line(
        feature_configuration = features,
        action_name = ACTION_NAMES.cpp_compile,
        variables = variables,
    )
    flags = flags + ["-D" + d for d in compilation.defines.to_list() + compilation.local_defines.to_list()]
    for option, folders in [
        ("-I", compilation.includes),
        ("-iquote", compilation.quote_includes),
        ("-isystem", compilation.system_includes),
    ]:
        for folder in folders.to_list():
            flags += [option, folder or "."]
    return flags

def _clang_tidy_impl(target, ctx):
    if CcInfo not in target or target.label.workspace_root:
        return []
    compilation = target[CcInfo].compilation_context
    reports = []
    for source in _sources(ctx.rule):
        report = ctx.actions.declare_file("%s.%s.clang-tidy" % (target.label.name, source.basename))
        args = ctx.actions.args()
        args.add(report)
        args.add(source)
        args.add("--")
        args.add_all(["-x", "c++"])
        args.add_all(_flags(ctx, compilation))
        args.add_all(["-Wno-unused-command-line-argument"])
        ctx.actions.run(
            executable = ctx.file._clang_tidy,
            arguments = [args],
            inputs = depset(
                [source, ctx.file._config],
                transitive = [compilation.headers] +
                             [t.files for t in getattr(ctx.rule.attr, "srcs", [])],
            ),
            outputs = [report],
            mnemonic = "ClangTidy",
            progress_message = "Looking at %s" % source.short_path,
        )
        reports.append(report)
    return [OutputGroupInfo(clang_tidy = depset(reports))]

clang_tidy = aspect(
    implementation = _clang_tidy_impl,
    attrs = {
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
        "_clang_tidy": attr.label(default = "//tools/lint:clang_tidy.sh", allow_single_file = True),
        "_config": attr.label(default = "//:.clang-tidy", allow_single_file = True),
    },
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)
