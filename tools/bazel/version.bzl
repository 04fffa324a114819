"""version_library: what a program answers to --version, as a C++ header."""

# A release says which commit it was made from, as build metadata of semantic versioning;
# every other build depends on the VERSION file alone, and so is reproducible anywhere.
_SCRIPT = """\
set -eu
version_file=$1 program=$2 namespace=$3 guard=$4 text=$5 header=$6 status=${7:-}
version=$(tr -d '[:space:]' < "$version_file")
if ! [[ $version =~ ^[0-9]+\\.[0-9]+\\.[0-9]+(-[0-9A-Za-z.]+)?$ ]]; then
  echo "$version_file: expected a version such as 0.1.0, found '$version'" >&2
  exit 1
fi
if [[ -n $status ]]; then
  commit=$(sed -n 's/^STABLE_GIT_COMMIT //p' "$status")
  version=$version${commit:++g$commit}
fi
printf '%s' "$version" > "$text"
cat > "$header" <<END
// Generated from $version_file.
#ifndef $guard
#define $guard

namespace gossamer::$namespace {

// The program's name, its version, and the two as --version prints them.
constexpr char kProgram[] = "$program";
constexpr char kVersion[] = "$version";
constexpr char kProgramAndVersion[] = "$program $version";

}  // namespace gossamer::$namespace

#endif  // $guard
END
"""

def _version_files_impl(ctx):
    header = ctx.outputs.header
    text = ctx.outputs.text
    status = [ctx.info_file] if ctx.attr.stamp else []
    guard = "".join([c if c.isalnum() else "_" for c in header.short_path.upper().elems()]) + "_"
    ctx.actions.run_shell(
        command = _SCRIPT,
        arguments = [
            ctx.file.version_file.path,
            ctx.attr.program,
            ctx.attr.namespace,
            guard,
            text.path,
            header.path,
        ] + [f.path for f in status],
        inputs = [ctx.file.version_file] + status,
        outputs = [header, text],
        mnemonic = "Version",
        progress_message = "Writing the version of %s" % ctx.attr.program,
    )

_version_files = rule(
    implementation = _version_files_impl,
    attrs = {
        "header": attr.output(mandatory = True),
        "namespace": attr.string(mandatory = True),
        "program": attr.string(mandatory = True),
        "stamp": attr.bool(doc = "Whether to add the commit that the workspace stands at."),
        "text": attr.output(mandatory = True),
        "version_file": attr.label(mandatory = True, allow_single_file = True),
    },
)

def version_library(name, program, namespace, version_file = "VERSION", visibility = None):
    """A header with a program's name and version: PACKAGE/NAME.h, in gossamer::NAMESPACE.

    Also makes NAME.txt, the version alone, which image labels are taken from.

    Args:
      name: the target's name, usually "version".
      program: the program's name, for instance "gossamer-identity".
      namespace: the component's C++ namespace without "gossamer::", for instance "identity".
      version_file: the file that holds the version, for instance 0.1.0.
      visibility: of the header's library; the package's own by default.
    """
    _version_files(
        name = name + "_files",
        header = name + ".h",
        namespace = namespace,
        program = program,
        stamp = select({
            "//tools/bazel:release": True,
            "//conditions:default": False,
        }),
        text = name + ".txt",
        version_file = version_file,
        visibility = ["//visibility:private"],
    )
    native.cc_library(
        name = name,
        hdrs = [name + ".h"],
        visibility = visibility,
    )
