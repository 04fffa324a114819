"""Every third-party library and tool, pinned.

//third_party/BUILD.bazel gives them the names that the project uses.
"""

load("//third_party/debian:debian.bzl", "debian_packages", "debian_source")
load("//third_party/go:go.bzl", "go_program")

def third_party_repositories():
    """Declares the external repositories."""

    # Libraries, the protobuf compiler and the tools of tests, from the system's own Debian suite.
    debian_packages(
        name = "debian",
        build_file = "//third_party/debian:repository.BUILD.bazel",
        lock = "//third_party/debian:bookworm.lock",
        merged_archives = {
            "lib/libabsl.a": ["libabsl-dev:libabsl_*.a"],
            "lib/libgrpc_all.a": [
                "libgrpc++-dev:libgrpc++_unsecure.a",
                "libgrpc-dev:libgrpc_unsecure.a",
                "libgrpc-dev:libgpr.a",
                "libgrpc-dev:libupb.a",
                "libgrpc-dev:libaddress_sorting.a",
            ],
            # Bazel links a .lo archive whole.
            "lib/libgrpc++_reflection.lo": ["libgrpc++-dev:libgrpc++_reflection.a"],
        },
    )

    debian_packages(
        name = "debian_next",
        build_file = "//third_party/debian:repository_next.BUILD.bazel",
        lock = "//third_party/debian:trixie.lock",
        suites = ["trixie"],
    )

    # The product's only TLS and crypto.
    debian_source(
        name = "boringssl",
        build_file = "//third_party:boringssl.BUILD.bazel",
        exclude = [
            "*/src/third_party/googletest",
            "*/src/third_party/wycheproof_testvectors",
            "*/win-*",
            "*/apple-*",
            "*/src/rust",
            "*/src/ssl/test",
            "*/crypto_test_data.cc",
        ],
        package = "android-platform-external-boringssl",
    )

    # Abseil from source, with the options that Debian built its archive with: ThreadSanitizer
    # needs to see inside absl::Mutex.
    debian_source(
        name = "abseil",
        build_file = "//third_party:abseil.BUILD.bazel",
        folder = "src",
        overlay = {
            "@debian//:pkg/libabsl-dev/usr/include/absl/base/options.h": "src/absl/base/options.h",
        },
        package = "abseil",
    )

    debian_source(
        name = "prometheus_cpp",
        build_file = "//third_party:prometheus.BUILD.bazel",
        overlay = {"@debian//:pkg/prometheus-cpp-dev/usr/include/prometheus/detail/core_export.h": "core/include/prometheus/detail/core_export.h"},
        package = "prometheus-cpp",
    )

    debian_source(
        name = "httplib",
        build_file = "//third_party:httplib.BUILD.bazel",
        package = "cpp-httplib",
    )

    debian_source(
        name = "benchmark",
        build_file = "//third_party:benchmark.BUILD.bazel",
        package = "benchmark",
    )

    # Programs for //tests/interop, which alone has them fetched.
    debian_packages(
        name = "programs",
        build_file = "//third_party/debian:repository_programs.BUILD.bazel",
        lock = "//third_party/debian:bookworm.programs.lock",
        together = True,
    )

    debian_packages(
        name = "java",
        build_file = "//third_party/debian:repository_programs.BUILD.bazel",
        lock = "//third_party/debian:bookworm.java.lock",
        together = True,
    )

    # //tests/interop's program in Go: our source, built by the compiler that builds buildifier.
    go_program(
        name = "go_http",
        go_mod = "//tests/interop/http/go:go.mod",
        package = ".",
        program = "go_http",
        srcs = [
            "//tests/interop/http/go:client.go",
            "//tests/interop/http/go:main.go",
            "//tests/interop/http/go:server.go",
        ],
    )

    # Formats BUILD files.
    go_program(
        name = "buildifier",
        go_mod = "//third_party/go/buildifier:go.mod",
        go_sum = "//third_party/go/buildifier:go.sum",
        package = "github.com/bazelbuild/buildtools/buildifier",
        program = "buildifier",
    )
