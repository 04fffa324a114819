"""C++ from .proto files, by the pinned protoc and its gRPC plugin.

A contract of api/ comes in two kinds: full protobuf for the services and the CLI, protobuf-lite for
the proxy. A program links one kind, never both: they define the same names.
"""

def _import_name(file, proto_paths):
    """The name under which other .proto files import this one."""
    for path in proto_paths:
        if path != "." and file.path.startswith(path + "/"):
            return file.path[len(path) + 1:]
    return file.path

def _cc_proto_files_impl(ctx):
    proto = ctx.attr.proto[ProtoInfo]
    proto_paths = proto.transitive_proto_path.to_list()
    names = [_import_name(f, proto_paths) for f in proto.direct_sources]

    # protoc writes NAME.pb.h under the folder it is given: this target's own with a prefix, so
    # that generated files of other packages have a place; else the root, where NAME starts with
    # this package.
    package = ctx.label.package + "/" if ctx.label.package else ""
    root = "/".join([p for p in [ctx.bin_dir.path, ctx.label.workspace_root] if p])
    out = root + "/" + package + ctx.attr.out_prefix if ctx.attr.out_prefix else root
    headers, sources = [], []
    for name in names:
        if ctx.attr.out_prefix:
            stem = ctx.attr.out_prefix + "/" + name[:-len(".proto")]
        elif name.startswith(package):
            stem = name[len(package):-len(".proto")]
        else:
            fail("%s is not in package %s" % (name, ctx.label.package))
        for suffix in [".pb"] + ([".grpc.pb"] if ctx.attr.grpc else []):
            headers.append(ctx.actions.declare_file(stem + suffix + ".h"))
            sources.append(ctx.actions.declare_file(stem + suffix + ".cc"))

    args = ctx.actions.args()
    args.add_all(depset(proto_paths + ["."]), format_each = "-I%s")
    args.add("--cpp_out=%s%s" % ("lite:" if ctx.attr.lite else "", out))
    if ctx.attr.grpc:
        args.add("--plugin=protoc-gen-grpc=" + ctx.executable._grpc_plugin.path)
        args.add("--grpc_out=" + out)
    args.add_all(names)
    ctx.actions.run(
        executable = ctx.executable._protoc,
        arguments = [args],
        inputs = proto.transitive_sources,
        tools = [ctx.executable._grpc_plugin] if ctx.attr.grpc else [],
        outputs = headers + sources,
        mnemonic = "ProtocCpp",
        progress_message = "Generating C++ of %s" % ctx.label,
    )
    return [
        DefaultInfo(files = depset(headers + sources)),
        OutputGroupInfo(headers = depset(headers), sources = depset(sources)),
    ]

_cc_proto_files = rule(
    implementation = _cc_proto_files_impl,
    attrs = {
        "grpc": attr.bool(doc = "Whether to generate services too."),
        "lite": attr.bool(doc = "Whether to generate for protobuf-lite."),
        "out_prefix": attr.string(doc = "Folder under the package to generate into."),
        "proto": attr.label(mandatory = True, providers = [ProtoInfo]),
        "_grpc_plugin": attr.label(
            default = "@debian//:grpc_cpp_plugin",
            executable = True,
            cfg = "exec",
        ),
        "_protoc": attr.label(default = "@debian//:protoc", executable = True, cfg = "exec"),
    },
)

def _cc_files(name, **kwargs):
    """The generated files of NAME, as NAME_headers and NAME_sources."""
    _cc_proto_files(
        name = name + "_files",
        visibility = ["//visibility:private"],
        **kwargs
    )
    for group in ["headers", "sources"]:
        native.filegroup(
            name = name + "_" + group,
            srcs = [name + "_files"],
            output_group = group,
            visibility = ["//visibility:private"],
        )

def cc_proto_lite_library(name, proto, deps = [], **kwargs):
    """The messages of a proto_library, for programs that link protobuf-lite.

    Args:
      name: the target's name.
      proto: a proto_library.
      deps: cc_proto_lite_library targets of what the .proto files import.
      **kwargs: as for cc_library.
    """

    # Under lite/, so that they never meet their full namesakes in one include path.
    _cc_files(name, proto = proto, lite = True, out_prefix = "lite")
    native.cc_library(
        name = name,
        srcs = [name + "_sources"],
        hdrs = [name + "_headers"],
        # Messages come once in a while; what carries them is to be small.
        copts = [
            "-Os",
            "-fno-exceptions",
            "-fno-asynchronous-unwind-tables",
        ],
        includes = ["lite"],
        deps = deps + ["@debian//:protobuf_lite"],
        **kwargs
    )

def cc_grpc_library(name, proto, grpc = True, deps = [], **kwargs):
    """The messages of a proto_library and its services' stubs and servers.

    Args:
      name: the target's name.
      proto: a proto_library.
      grpc: whether there are services.
      deps: cc_grpc_library targets of what the .proto files import.
      **kwargs: as for cc_library.
    """
    _cc_files(name, proto = proto, grpc = grpc)
    native.cc_library(
        name = name,
        srcs = [name + "_sources"],
        hdrs = [name + "_headers"],
        deps = deps + ["@debian//:protobuf"] + (["@debian//:grpc++_unsecure"] if grpc else []),
        **kwargs
    )

def api_proto_library(name, srcs, deps = [], well_known = [], services = False, visibility = None):
    """One contract of api/ in every form that a component links.

    Makes NAME_proto (descriptors), NAME_cc (full protobuf, with gRPC where there are services) and
    NAME_lite (protobuf-lite, messages only).

    Args:
      name: the contract's name, without a suffix.
      srcs: its .proto files.
      deps: other contracts that it imports, by their names without a suffix.
      well_known: the well-known types that it imports, for instance "duration".
      services: whether it has gRPC services.
      visibility: of all three.
    """
    native.proto_library(
        name = name + "_proto",
        srcs = srcs,
        visibility = visibility,
        deps = [d + "_proto" for d in deps] + ["@debian//:%s_proto" % w for w in well_known],
    )
    cc_grpc_library(
        name = name + "_cc",
        proto = name + "_proto",
        grpc = services,
        visibility = visibility,
        deps = [d + "_cc" for d in deps],
    )
    cc_proto_lite_library(
        name = name + "_lite",
        proto = name + "_proto",
        visibility = visibility,
        deps = [d + "_lite" for d in deps] + ["//third_party:%s_lite" % w for w in well_known],
    )
