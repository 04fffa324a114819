"""Files of pinned Debian packages that images hold, for the `packages` of an oci_image."""

_LIB = "/lib/x86_64-linux-gnu/"
_USR_LIB = "/usr/lib/x86_64-linux-gnu/"

# What a program needs that is not static: the C library and its loader.
LIBC = {
    "@debian//:debs/libc6.deb": " ".join([
        _LIB + "ld-linux-x86-64.so.2",
        _LIB + "libc.so.6",
        "/lib64/ld-linux-x86-64.so.2",
    ]),
}

# iptables in both modes, with the matches and targets that proxy-init's rules use.
IPTABLES = dict(LIBC, **{
    "@debian//:debs/iptables.deb": " ".join([
        "/usr/sbin/ip*tables-legacy",
        "/usr/sbin/ip*tables-legacy-save",
        "/usr/sbin/ip*tables-nft",
        "/usr/sbin/ip*tables-nft-save",
        "/usr/sbin/xtables-legacy-multi",
        "/usr/sbin/xtables-nft-multi",
    ] + [
        _USR_LIB + "xtables/libxt_%s.so" % extension
        for extension in ["NAT", "REDIRECT", "comment", "multiport", "owner", "standard", "tcp"]
    ]),
    "@debian//:debs/libip4tc2.deb": _USR_LIB + "libip4tc.so.2*",
    "@debian//:debs/libip6tc2.deb": _USR_LIB + "libip6tc.so.2*",
    "@debian//:debs/libmnl0.deb": _USR_LIB + "libmnl.so.0*",
    "@debian//:debs/libnftnl11.deb": _USR_LIB + "libnftnl.so.11*",
    "@debian//:debs/libxtables12.deb": _USR_LIB + "libxtables.so.12*",
})
