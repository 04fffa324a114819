"""gossamer_image: a program's container image and how to push it.

    gossamer_image(
        name = "image",
        binary = ":identity",
        program = "gossamer-identity",
        description = "The certificate authority of the mesh",
    )

makes `:image` (an OCI layout), `:push` (`bazel run ...:push -- REGISTRY/NAME:TAG`) and
`:image_test`, which checks what every image promises. The rules below can be used by themselves.
"""

# Every image carries these; one place to change them.
_SOURCE = "https://gossamer.example/gossamer"
_LICENSES = "Apache-2.0"
_VENDOR = "The Gossamer authors"

# Nobody's account anywhere: needs no entry in /etc/passwd.
_USER = "65532:65532"

def _oci_image_impl(ctx):
    out = ctx.actions.declare_directory(ctx.label.name)
    inputs = ctx.files.files + ctx.files.packages + ctx.files.label_files
    args = ctx.actions.args()
    args.add("--out", out.path)
    args.add("--user", ctx.attr.user)
    for target, path in ctx.attr.files.items():
        args.add("--file", "%s=%s" % (path, target.files.to_list()[0].path))
    for target, patterns in ctx.attr.packages.items():
        for pattern in patterns.split(" "):
            args.add("--package", "%s=%s" % (target.files.to_list()[0].path, pattern))
    for path, owner in ctx.attr.directories.items():
        args.add("--directory", "%s=%s" % (path, owner))
    for path, names in ctx.attr.capabilities.items():
        for name in names:
            args.add("--capability", "%s=%s" % (path, name))
    for key, value in ctx.attr.labels.items():
        args.add("--label", "%s=%s" % (key, value))
    for target, key in ctx.attr.label_files.items():
        args.add("--label-file", "%s=%s" % (key, target.files.to_list()[0].path))
    args.add_all(ctx.attr.entrypoint, before_each = "--entrypoint")

    # Joined, so that an argument may start with a dash.
    args.add_all(["--argument=" + a for a in ctx.attr.arguments])
    ctx.actions.run(
        executable = ctx.executable._image,
        arguments = [args],
        inputs = inputs,
        outputs = [out],
        mnemonic = "OciImage",
        progress_message = "Writing image %s" % ctx.label,
        env = {"PATH": "/usr/bin:/bin"},
    )
    return [DefaultInfo(files = depset([out]), runfiles = ctx.runfiles([out]))]

oci_image = rule(
    doc = "An OCI image layout. Two builds of the same inputs have the same digest.",
    implementation = _oci_image_impl,
    attrs = {
        "arguments": attr.string_list(doc = "Default arguments of the entry point."),
        "capabilities": attr.string_list_dict(doc = "Path -> capabilities that the file may use."),
        "directories": attr.string_dict(doc = "Path of a folder -> the user who owns it."),
        "entrypoint": attr.string_list(mandatory = True),
        "files": attr.label_keyed_string_dict(
            doc = "File -> its path in the image. Everyone may read and execute it.",
            allow_files = True,
        ),
        "label_files": attr.label_keyed_string_dict(
            doc = "File with a label's value -> the label.",
            allow_files = True,
        ),
        "labels": attr.string_dict(),
        "packages": attr.label_keyed_string_dict(
            doc = "A .deb -> patterns of the files to take, with spaces between them.",
            allow_files = [".deb"],
        ),
        "user": attr.string(default = _USER, doc = "UID:GID"),
        "_image": attr.label(default = "//tools/oci:image", executable = True, cfg = "exec"),
    },
)

def _oci_push_impl(ctx):
    layout = ctx.files.image[0]
    program = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.write(program, "#!/bin/bash\nexec %s %s \"$@\"\n" % (
        ctx.file._push.short_path,
        layout.short_path,
    ), is_executable = True)
    return [DefaultInfo(
        executable = program,
        runfiles = ctx.runfiles([ctx.file._push, layout]),
    )]

oci_push = rule(
    doc = "`bazel run` it with REGISTRY/NAME:TAG to push an oci_image.",
    implementation = _oci_push_impl,
    executable = True,
    attrs = {
        "image": attr.label(mandatory = True),
        "_push": attr.label(default = "//tools/oci:push.sh", allow_single_file = True),
    },
)

def image_labels(title, description, licenses = _LICENSES, **labels):
    """The labels of an image, save its version.

    Args:
      title: the image's name, which says what it is.
      description: one line for whoever looks at it.
      licenses: of what the image holds, as an SPDX expression.
      **labels: more labels.
    """
    return dict(labels, **{
        "org.opencontainers.image.description": description,
        "org.opencontainers.image.licenses": licenses,
        "org.opencontainers.image.source": _SOURCE,
        "org.opencontainers.image.title": title,
        "org.opencontainers.image.vendor": _VENDOR,
    })

def gossamer_image(
        name,
        binary,
        program,
        description,
        version = ":version",
        user = _USER,
        files = {},
        labels = {},
        visibility = ["//visibility:public"],
        **kwargs):
    """The image of one of the project's programs, its push and its test.

    Args:
      name: the target's name: image, or FOO_image, which makes FOO_push.
      binary: a gossamer_cc_binary, as ":NAME"; its stripped form becomes /usr/bin/PROGRAM.
      program: the program's name, as in version_library.
      description: one line for whoever looks at the image.
      version: the version_library.
      user: UID:GID that the program runs as.
      files: more files, as for oci_image.
      labels: more labels.
      visibility: of the image and the push.
      **kwargs: as for oci_image.
    """
    path = "/usr/bin/" + program
    oci_image(
        name = name,
        entrypoint = [path],
        files = dict(files, **{binary + ".stripped": path}),
        label_files = {version + ".txt": "org.opencontainers.image.version"},
        labels = image_labels(program, description, **labels),
        user = user,
        visibility = visibility,
        **kwargs
    )
    oci_push(
        name = name[:-len("image")] + "push",
        image = name,
        visibility = visibility,
    )
    image_test(
        name = name + "_test",
        image = name,
        title = program,
        version = version + ".txt",
    )

def image_test(name, image, title, version):
    """Checks what every image promises: its user, its labels, that its program starts.

    Args:
      name: the target's name.
      image: an oci_image.
      title: the image's title label.
      version: a file with the version that the label and --version give.
    """
    native.sh_test(
        name = name,
        size = "small",
        srcs = ["//tools/oci:image_check.py"],
        args = [
            "$(rootpath %s)" % image,
            title,
            "$(rootpath %s)" % version,
        ],
        data = [
            image,
            version,
        ],
        # A sanitizer needs libraries that no image has.
        tags = [
            "no-asan",
            "no-tsan",
            "no-ubsan",
        ],
    )
