"""Every third-party library and tool, pinned. //third_party/BUILD.bazel gives them the names that the project uses."""

load("//third_party/debian:debian.bzl", "debian_packages", "debian_source")

def third_party_repositories():
    """Declares the external repositories."""
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

    # From the next Debian suite: nghttp2 1.64 limits stream resets, which bookworm's does not.
    debian_packages(
        name = "debian_next",
        build_file = "//third_party/debian:repository_next.BUILD.bazel",
        lock = "//third_party/debian:trixie.lock",
        suites = ["trixie"],
    )

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
        sha256 = "f9223e8c15ad5d9e3f1cd50861f4c272658864661e2332bea5d60952aa0930cd",
        suites = [
            "bookworm-backports",
            "sid",
        ],
        versions = [
            "14.0.0+r45-2~bpo12+1",
            "14.0.0+r45-3",
        ],
    )

    # Abseil from source, with the options that Debian built its archive with: ThreadSanitizer
    # needs to see inside absl::Mutex.
    debian_source(
        name = "abseil",
        build_file = "//third_party:abseil.BUILD.bazel",
        overlay = {"@debian//:pkg/libabsl-dev/usr/include/absl/base/options.h": "absl/base/options.h"},
        package = "abseil",
        sha256 = "abfe2897f3a30edaa74bc34365afe3c2a3cd012091a97dc7e008f7016adcd5fe",
        suites = ["bookworm"],
        versions = ["20220623.1-1+deb12u2"],
    )

    debian_source(
        name = "prometheus_cpp",
        build_file = "//third_party:prometheus.BUILD.bazel",
        overlay = {"@debian//:pkg/prometheus-cpp-dev/usr/include/prometheus/detail/core_export.h": "core/include/prometheus/detail/core_export.h"},
        package = "prometheus-cpp",
        sha256 = "593e028d401d3298eada804d252bc38d8cab3ea1c9e88bcd72095281f85e6d16",
        suites = ["bookworm"],
        versions = ["1.0.1-1"],
    )

    debian_source(
        name = "httplib",
        build_file = "//third_party:httplib.BUILD.bazel",
        package = "cpp-httplib",
        sha256 = "8b1a5df569003b6a4f24c68489bbda5c64aec94697bdc9ebba5d79408b2ae7eb",
        suites = ["bookworm"],
        versions = ["0.11.4+ds-1+deb12u1"],
    )

    debian_source(
        name = "benchmark",
        build_file = "//third_party:benchmark.BUILD.bazel",
        package = "benchmark",
        sha256 = "6430e4092653380d9dc4ccb45a1e2dc9259d581f4866dc0759713126056bc1d7",
        suites = ["bookworm"],
        versions = ["1.7.1-1"],
    )
