"""C++ from .proto files, with the pinned protoc and grpc_cpp_plugin."""

def _gen_impl(ctx):
    info = ctx.attr.proto[ProtoInfo]
    hdrs, srcs = [], []
    suffixes = [".pb"] + ([".grpc.pb"] if ctx.attr.grpc else [])
    root = ctx.bin_dir.path
    if ctx.label.workspace_root:
        root += "/" + ctx.label.workspace_root
    names = []
    for f in info.direct_sources:
        # The name under which other .proto files import this one.
        name = f.path
        for p in info.transitive_proto_path.to_list():
            if p != "." and f.path.startswith(p + "/"):
                name = f.path[len(p) + 1:]
        names.append(name)
        pkg = ctx.label.package + "/" if ctx.label.package else ""
        sub = ctx.attr.out_prefix
        if not sub and not name.startswith(pkg):
            fail("%s is not under %s" % (name, pkg))
        for s in suffixes:
            stem = (sub + name if sub else name[len(pkg):])[:-len(".proto")] + s
            hdrs.append(ctx.actions.declare_file(stem + ".h"))
            srcs.append(ctx.actions.declare_file(stem + ".cc"))
    out = root
    if ctx.attr.out_prefix:
        out = "/".join([x for x in [root, ctx.label.package, ctx.attr.out_prefix.rstrip("/")] if x])

    args = ctx.actions.args()
    for p in info.transitive_proto_path.to_list():
        args.add("-I" + p)
    if "." not in info.transitive_proto_path.to_list():
        args.add("-I.")
    args.add("--cpp_out=%s%s" % ("lite:" if ctx.attr.lite else "", out))
    if ctx.attr.grpc:
        args.add("--plugin=protoc-gen-grpc=" + ctx.executable._plugin.path)
        args.add("--grpc_out=" + out)
    args.add_all(names)
    ctx.actions.run(
        executable = ctx.executable._protoc,
        arguments = [args],
        inputs = info.transitive_sources,
        tools = [ctx.executable._plugin] if ctx.attr.grpc else [],
        outputs = hdrs + srcs,
        mnemonic = "ProtocCpp",
        progress_message = "Generating C++ of %s" % ctx.label,
    )
    return [
        DefaultInfo(files = depset(hdrs + srcs)),
        OutputGroupInfo(hdrs = depset(hdrs), srcs = depset(srcs)),
    ]

_gen = rule(
    implementation = _gen_impl,
    attrs = {
        "proto": attr.label(mandatory = True, providers = [ProtoInfo]),
        "grpc": attr.bool(),
        "lite": attr.bool(),
        "out_prefix": attr.string(),
        "_protoc": attr.label(default = "@debian//:protoc", executable = True, cfg = "exec"),
        "_plugin": attr.label(default = "@debian//:grpc_cpp_plugin", executable = True, cfg = "exec"),
    },
)

def _generate(name, proto, grpc, lite, out_prefix):
    _gen(
        name = name + "_gen",
        proto = proto,
        grpc = grpc,
        lite = lite,
        out_prefix = out_prefix,
        visibility = ["//visibility:private"],
    )
    for group in ["hdrs", "srcs"]:
        native.filegroup(
            name = name + "_" + group,
            srcs = [name + "_gen"],
            output_group = group,
            visibility = ["//visibility:private"],
        )

def cc_proto_lite_files(name, proto, deps = [], **kwargs):
    """The messages of a proto_library for programs that link protobuf-lite.

    The generated files lie under lite/, so that they never meet their full namesakes in one
    include path: a program links either kind, never both.
    """
    _generate(name, proto, grpc = False, lite = True, out_prefix = "lite/")
    native.cc_library(
        name = name,
        srcs = [name + "_srcs"],
        hdrs = [name + "_hdrs"],
        includes = ["lite"],
        deps = deps + ["@debian//:protobuf_lite"],
        **kwargs
    )

def cc_grpc_library(name, proto, grpc = True, deps = [], **kwargs):
    """The messages of a proto_library and, with grpc, its services' stubs and servers."""
    _generate(name, proto, grpc = grpc, lite = False, out_prefix = "")
    native.cc_library(
        name = name,
        srcs = [name + "_srcs"],
        hdrs = [name + "_hdrs"],
        deps = deps + ["@debian//:protobuf"] + (["@debian//:grpc++_unsecure"] if grpc else []),
        **kwargs
    )

def api_proto_library(name, srcs, deps = [], well_known = [], services = False, visibility = None):
    """One contract of api/ in every form that a component links.

    Makes NAME_proto (descriptors), NAME_cc (full protobuf, with gRPC where there are services)
    and NAME_lite (protobuf-lite, for the proxy). deps name other contracts without their suffix.
    """
    native.proto_library(
        name = name + "_proto",
        srcs = srcs,
        deps = [d + "_proto" for d in deps] + ["@debian//:%s_proto" % w for w in well_known],
        visibility = visibility,
    )
    cc_grpc_library(
        name = name + "_cc",
        proto = name + "_proto",
        grpc = services,
        deps = [d + "_cc" for d in deps],
        visibility = visibility,
    )
    cc_proto_lite_files(
        name = name + "_lite",
        proto = name + "_proto",
        deps = [d + "_lite" for d in deps] + ["//third_party:%s_lite" % w for w in well_known],
        visibility = visibility,
    )
