"""go_program: a program in Go: of a pinned module, or of sources of ours that need no module."""

def _execute(ctx, arguments, what, environment = {}):
    result = ctx.execute(arguments, timeout = 1200, environment = environment)
    if result.return_code:
        fail("@%s: %s failed:\n%s" % (ctx.name, what, result.stderr))

def _go_program_impl(ctx):
    # The compiler is large and needed once: fetched, used and removed.
    ctx.path(ctx.attr._archive)
    ctx.report_progress("fetching the Go compiler")
    _execute(ctx, ["mkdir", "debs", "go", "module"], "making folders")
    _execute(ctx, [
        "/usr/bin/python3",
        "-B",
        ctx.path(ctx.attr._fetch),
        "packages",
        ctx.path(ctx.attr.compiler),
        ctx.path("debs"),
    ], "fetching the Go compiler")
    _execute(ctx, [
        "bash",
        "-euc",
        "for deb in debs/*.deb; do dpkg-deb --extract $deb go; done",
    ], "unpacking the Go compiler")

    ctx.report_progress("building %s" % ctx.attr.package)
    ctx.symlink(ctx.attr.go_mod, "module/go.mod")
    if ctx.attr.go_sum:
        ctx.symlink(ctx.attr.go_sum, "module/go.sum")
    for source in ctx.attr.srcs:
        ctx.symlink(source, "module/" + source.name)
    cache = ctx.os.environ.get("XDG_CACHE_HOME") or ctx.os.environ["HOME"] + "/.cache"
    script = """
        cd module
        exec ../go/usr/lib/go-*/bin/go build -o "../$1" "$2"
    """
    _execute(ctx, ["bash", "-euc", script, "go", ctx.attr.program, ctx.attr.package], "go build", {
        "CGO_ENABLED": "0",
        "GOCACHE": str(ctx.path("build")),
        # go.sum says which bytes each module has; nothing may change it here.
        "GOFLAGS": "-mod=readonly -trimpath -buildvcs=false -ldflags=-s",
        "GOPATH": cache + "/gossamer-go",
    })
    _execute(ctx, ["bash", "-euc", "chmod -R u+w build; rm -r build debs go module"], "tidying")
    ctx.file("BUILD.bazel", "exports_files([%r], visibility = [\"//visibility:public\"])\n" % (
        ctx.attr.program
    ))

go_program = repository_rule(
    doc = "A repository that holds nothing but a program.",
    implementation = _go_program_impl,
    environ = ["DEBIAN_PACKAGES_CACHE"],
    attrs = {
        "compiler": attr.label(default = "//third_party/debian:bookworm.go.lock"),
        "go_mod": attr.label(mandatory = True),
        "go_sum": attr.label(doc = "What go.mod requires, pinned; none where it requires nothing."),
        "package": attr.string(mandatory = True, doc = "The program's import path, or '.'."),
        "program": attr.string(mandatory = True),
        "srcs": attr.label_list(doc = "The module's own sources, where it is ours."),
        "_archive": attr.label(default = "//third_party/debian:archive.py"),
        "_fetch": attr.label(default = "//third_party/debian:fetch.py"),
    },
)
