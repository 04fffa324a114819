"""oci_image: an OCI layout from a binary and pinned debs; oci_push: `bazel run` it."""

def _image_impl(ctx):
    out = ctx.actions.declare_directory(ctx.label.name)
    args = ctx.actions.args()
    args.add("--out", out.path)
    args.add_all(ctx.files.debs, before_each = "--deb")
    for t, path in ctx.attr.files.items():
        args.add("--file", "%s=%s" % (path, t.files.to_list()[0].path))
    args.add_all(ctx.attr.entrypoint, before_each = "--entrypoint")
    args.add_all(ctx.attr.env, before_each = "--env")
    ctx.actions.run(
        executable = ctx.executable._tool,
        arguments = [args],
        inputs = ctx.files.debs + ctx.files.files,
        outputs = [out],
        mnemonic = "OciImage",
        env = {"PATH": "/usr/bin:/bin"},
    )
    return [DefaultInfo(files = depset([out]), runfiles = ctx.runfiles([out]))]

oci_image = rule(
    implementation = _image_impl,
    attrs = {
        "debs": attr.label_list(allow_files = [".deb"]),
        "entrypoint": attr.string_list(),
        "env": attr.string_list(),
        "files": attr.label_keyed_string_dict(allow_files = True),
        "_tool": attr.label(default = "//tools/oci:layout", executable = True, cfg = "host"),
    },
)

def _push_impl(ctx):
    layout = ctx.files.image[0]
    sh = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.write(sh, """#!/bin/bash
# bazel run :push -- docker://HOST:PORT/NAME:TAG [skopeo copy arguments]
set -eu
dest=${1:?docker://HOST:PORT/NAME:TAG}; shift
case $dest in docker://127.0.0.1:*|docker://localhost:*) set -- --dest-tls-verify=false "$@";; esac
exec skopeo --insecure-policy copy --preserve-digests "$@" "oci:%s:latest" "$dest"
""" % layout.short_path, is_executable = True)
    return [DefaultInfo(executable = sh, runfiles = ctx.runfiles([layout]))]

oci_push = rule(
    implementation = _push_impl,
    executable = True,
    attrs = {"image": attr.label(mandatory = True)},
)
