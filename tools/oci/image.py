#!/usr/bin/python3 -B
"""Writes an OCI image layout whose bytes depend on its inputs alone.

No clock, no user, no umask, no folder and no order of files reaches the result: the same inputs
make the same digest on any machine.
"""

import argparse
import fnmatch
import gzip
import hashlib
import io
import json
import os
import posixpath
import struct
import subprocess
import sys
import tarfile

EPOCH = "1970-01-01T00:00:00Z"

# Names are looked up in files before DNS, as everywhere; glibc's default is the other way round.
NSSWITCH = b"hosts: files dns\n"

# Numbers of linux/capability.h, for the programs that an image may give one.
CAPABILITIES = {"net_admin": 12, "net_raw": 13}


class Error(Exception):
    """A mistake in an image's description; its text says which."""


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def compact(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def capability_xattr(names):
    """The security.capability attribute: these capabilities, permitted and effective."""
    mask = 0
    for name in names:
        if name not in CAPABILITIES:
            raise Error("unknown capability %r; there are %s" % (name, ", ".join(CAPABILITIES)))
        mask |= 1 << CAPABILITIES[name]
    revision_2, effective = 0x02000000, 1
    return struct.pack("<IIIII", revision_2 | effective, mask, 0, 0, 0)


class Layer:
    """The files of one layer, by absolute path without the leading slash."""

    def __init__(self):
        self._entries = {}

    def _add(self, path, kind, mode, data=b"", owner=0):
        path = posixpath.normpath(path.lstrip("/"))
        if path in self._entries:
            raise Error("/%s comes twice" % path)
        info = tarfile.TarInfo(path)
        info.type, info.mode, info.uid, info.gid = kind, mode, owner, owner
        info.size = len(data)
        self._entries[path] = (info, data)
        return info

    def add_file(self, path, data, mode=0o644):
        self._add(path, tarfile.REGTYPE, mode, data)

    def add_directory(self, path, owner):
        self._add(path, tarfile.DIRTYPE, 0o755, owner=owner)

    def add_link(self, path, target):
        self._add(path, tarfile.SYMTYPE, 0o777).linkname = target

    def grant(self, path, capabilities):
        entry = self._entries.get(path.lstrip("/"))
        if not entry or not entry[0].isreg():
            raise Error("no file %s to give capabilities to" % path)
        value = capability_xattr(capabilities).decode("latin-1")
        entry[0].pax_headers = {"SCHILY.xattr.security.capability": value}

    def add_package(self, deb, patterns):
        """Adds the files of a Debian package that match one of the patterns."""
        tar = subprocess.run(["dpkg-deb", "--fsys-tarfile", deb], check=True,
                             stdout=subprocess.PIPE).stdout
        unmatched = set(patterns)
        with tarfile.open(fileobj=io.BytesIO(tar)) as package:
            for member in package:
                path = posixpath.normpath("/" + member.name)
                matching = [p for p in patterns if fnmatch.fnmatchcase(path, p)]
                unmatched -= set(matching)
                if not matching or member.isdir():
                    continue
                if member.issym():
                    self.add_link(path, member.linkname)
                elif member.isreg():
                    self.add_file(path, package.extractfile(member).read(), member.mode & 0o755)
                else:
                    raise Error("%s: %s is neither a file nor a link" % (deb, path))
        if unmatched:
            raise Error("%s: nothing matches %s" % (deb, ", ".join(sorted(unmatched))))

    def _with_parents(self):
        entries = dict(self._entries)
        for path in self._entries:
            while posixpath.dirname(path):
                path = posixpath.dirname(path)
                if path not in entries:
                    info = tarfile.TarInfo(path)
                    info.type, info.mode = tarfile.DIRTYPE, 0o755
                    entries[path] = (info, b"")
        return entries

    def tar(self):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for _, (info, data) in sorted(self._with_parents().items()):
                tar.addfile(info, io.BytesIO(data) if info.isreg() else None)
        return out.getvalue()


def compress(data):
    out = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0, compresslevel=9) as f:
        f.write(data)
    return out.getvalue()


class Layout:
    """A folder in the OCI image layout format."""

    def __init__(self, folder):
        self._folder = folder
        os.makedirs(os.path.join(folder, "blobs", "sha256"), exist_ok=True)

    def _write(self, name, data):
        with open(os.path.join(self._folder, name), "wb") as f:
            f.write(data)

    def add_blob(self, media_type, data):
        self._write(os.path.join("blobs", "sha256", digest(data).split(":")[1]), data)
        return {"mediaType": "application/vnd.oci.image." + media_type, "digest": digest(data),
                "size": len(data)}

    def finish(self, manifest):
        manifest = dict(manifest, annotations={"org.opencontainers.image.ref.name": "latest"})
        self._write("index.json", compact({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [manifest],
        }))
        self._write("oci-layout", compact({"imageLayoutVersion": "1.0.0"}))


def write_image(folder, layers, config, labels):
    """Writes the layout: layers from the bottom up, config as the image specification has it."""
    layout = Layout(folder)
    descriptors, diff_ids = [], []
    for layer in layers:
        tar = layer.tar()
        diff_ids.append(digest(tar))
        descriptors.append(layout.add_blob("layer.v1.tar+gzip", compress(tar)))
    image = layout.add_blob("config.v1+json", compact({
        "created": EPOCH,
        "architecture": "amd64",
        "os": "linux",
        "config": dict(config, Labels=labels),
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
        "history": [{"created": EPOCH, "created_by": "tools/oci"} for _ in layers],
    }))
    layout.finish(layout.add_blob("manifest.v1+json", compact({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": image,
        "layers": descriptors,
        "annotations": labels,
    })))


def read(path):
    with open(path, "rb") as f:
        return f.read()


def pair(text):
    key, separator, value = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError("expected KEY=VALUE, got %r" % text)
    return key, value


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True, help="the layout's folder")
    parser.add_argument("--user", required=True, help="UID:GID that the program runs as")
    for name, meaning in (
            ("--file", "PATH=SOURCE: a file that anyone may read and execute"),
            ("--directory", "PATH=UID: an empty folder that this user may write"),
            ("--package", "DEB=PATTERN: files of a Debian package"),
            ("--capability", "PATH=NAME: lets a file use this capability"),
            ("--label", "KEY=VALUE"),
            ("--label-file", "KEY=FILE: a label whose value is a file's text"),
    ):
        parser.add_argument(name, type=pair, action="append", default=[], help=meaning)
    parser.add_argument("--entrypoint", action="append", default=[])
    parser.add_argument("--argument", action="append", default=[], help="of the entry point")
    return parser.parse_args(arguments)


def grouped(pairs):
    groups = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return sorted(groups.items())


def build(options):
    system, program = Layer(), Layer()
    system.add_file("/etc/nsswitch.conf", NSSWITCH)
    for deb, patterns in grouped(options.package):
        system.add_package(deb, patterns)
    for path, owner in options.directory:
        program.add_directory(path, int(owner))
    for path, source in options.file:
        program.add_file(path, read(source), 0o755)
    for path, names in grouped(options.capability):
        layer = program if path in [p for p, _ in options.file] else system
        layer.grant(path, names)
    labels = dict(options.label)
    labels.update((key, read(path).decode().strip()) for key, path in options.label_file)
    config = {"User": options.user, "WorkingDir": "/", "Entrypoint": options.entrypoint,
              "Env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]}
    if options.argument:
        config["Cmd"] = options.argument
    write_image(options.out, [system, program], config, labels)


def main(arguments):
    try:
        build(parse(arguments))
    except (Error, OSError, subprocess.CalledProcessError) as error:
        print("image: %s" % error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
