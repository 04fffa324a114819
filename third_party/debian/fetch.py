#!/usr/bin/python3 -B
"""Brings pinned Debian packages into a folder, for the repository rules of debian.bzl.

  fetch.py packages LOCK FOLDER [SUITE...]      every package of LOCK, as FOLDER/NAME.deb
  fetch.py source LOCK PACKAGES NAME FILE       NAME's upstream tarball, as FILE

In this order: a cache by checksum (no network, no apt); apt with the system's lists; apt with
fresh lists of its own. A version that is gone from the archive is replaced by the newest Debian
revision of the same upstream version, with a warning; anything else is an error.
"""

import glob
import hashlib
import os
import shutil
import sys
import tempfile

import archive


def log(text):
    print("debian: " + text, file=sys.stderr, flush=True)


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as f:
        for block in iter(lambda: f.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def check(path, pin):
    actual = sha256(path)
    if actual != pin.sha256:
        raise archive.Error("%s %s has checksum %s, the lock says %s: do not trust that file" %
                            (pin.name, pin.version, actual, pin.sha256))


class Cache:
    """Files by checksum, outside Bazel's folders: they outlive `bazel clean --expunge`."""

    def __init__(self, suffix):
        self._folder = archive.cache_folder()
        self._suffix = suffix
        os.makedirs(self._folder, exist_ok=True)

    def _path(self, pin):
        return os.path.join(self._folder, pin.sha256 + self._suffix)

    def get(self, pin, target):
        """Copies the pinned file to `target`; false where it is not there intact."""
        path = self._path(pin)
        if not os.path.exists(path) or sha256(path) != pin.sha256:
            return False
        shutil.copyfile(path, target)
        return True

    def put(self, pin, path):
        with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as f:
            partial = f.name
        shutil.copyfile(path, partial)
        os.chmod(partial, 0o644)
        os.replace(partial, self._path(pin))


def downloaded(folder, name, version):
    """The file that `apt-get download` left, whatever its architecture; None without one."""
    for architecture in ("amd64", "all"):
        path = os.path.join(folder, archive.file_name(name, version, architecture))
        if os.path.exists(path):
            return path
    return None


def download(apt, pins, folder):
    """Asks apt for exact versions; returns the pins that it could not bring."""
    def ask(some):
        names = ["%s=%s" % (pin.name, pin.version) for pin in some]
        apt.run(["apt-get", "-q", "download"] + names, cwd=folder, must=False)
        return [pin for pin in some if not downloaded(folder, pin.name, pin.version)]

    missing = ask(pins)
    if missing == pins and len(pins) > 1:
        # One version that apt does not know fails the whole call.
        missing = [pin for pin in pins if ask([pin])]
    return missing


def fetch_packages(pins, folder, suites):
    """Puts every pinned package into `folder` as NAME.deb."""
    cache = Cache(".deb")
    wanted = [pin for pin in pins if not cache.get(pin, os.path.join(folder, pin.name + ".deb"))]
    if not wanted:
        return
    log("downloading %d packages" % len(wanted))
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        missing = wanted
        if not suites:
            with archive.Apt() as apt:
                missing = download(apt, wanted, scratch)
        versions = {pin.name: pin.version for pin in wanted}
        if missing:
            release = archive.codename()
            own = [release, release + "-updates", release + "-security"]
            with archive.Apt("deb", suites or own) as apt:
                apt.update()
                for pin in download(apt, missing, scratch):
                    version = archive.replacement(pin, apt.versions(pin.name))
                    log("WARNING: %s %s is gone, taking %s; run `bazel run //third_party:update`" %
                        (pin.name, pin.version, version))
                    # apt itself checks the file against the archive's signed index.
                    apt.run(["apt-get", "-q", "download", "%s=%s" % (pin.name, version)],
                            cwd=scratch)
                    versions[pin.name] = version
        for pin in wanted:
            path = downloaded(scratch, pin.name, versions[pin.name])
            if not path:
                raise archive.Error("apt-get did not bring %s %s" %
                                    (pin.name, versions[pin.name]))
            if versions[pin.name] == pin.version:
                check(path, pin)
                cache.put(pin, path)
            os.replace(path, os.path.join(folder, pin.name + ".deb"))


def download_source(pin, suite, folder):
    """Brings a source package's upstream tarball from one suite into `folder`; returns its path."""
    with archive.Apt("deb-src", [suite]) as apt:
        apt.update()
        offered = apt.versions(pin.name)
        version = pin.version
        if version not in offered:
            version = archive.replacement(pin, offered)
            log("WARNING: %s %s is gone, taking the same upstream source from %s; "
                "run `bazel run //third_party:update`" % (pin.name, pin.version, version))
        apt.run(["apt-get", "-q", "source", "--download-only", "--tar-only",
                 "%s=%s" % (pin.name, version)], cwd=folder)
    found = glob.glob(folder + "/*.orig.tar.*")
    if len(found) != 1:
        raise archive.Error("%s %s: expected one upstream tarball, apt brought %s" %
                            (pin.name, version, [os.path.basename(path) for path in found]))
    # The upstream tarball is the same in every Debian revision.
    check(found[0], pin)
    return found[0]


def fetch_source(pin, suites, target):
    """Puts a source package's upstream tarball at `target`."""
    cache = Cache(".orig")
    if cache.get(pin, target):
        return
    log("downloading the source of %s %s" % (pin.name, pin.version))
    errors = []
    with tempfile.TemporaryDirectory(dir=os.path.dirname(target)) as scratch:
        for suite in suites:
            try:
                path = download_source(pin, suite, scratch)
            except archive.Error as error:
                # One suite may be out of reach where the next one has the same tarball.
                errors.append("%s: %s" % (suite, error))
                continue
            cache.put(pin, path)
            os.replace(path, target)
            return
    raise archive.Error("\n".join(errors))


def read(path):
    with open(path) as f:
        return f.read()


def main(arguments):
    try:
        if arguments[:1] == ["packages"] and len(arguments) >= 3:
            _, lock, folder, *suites = arguments
            fetch_packages(archive.parse_lock(read(lock), lock), folder, suites)
        elif arguments[:1] == ["source"] and len(arguments) == 5:
            _, lock, packages, name, target = arguments
            pins = [pin for pin in archive.parse_lock(read(lock), lock) if pin.name == name]
            suites = archive.parse_packages(read(packages), packages).get(name)
            if not pins or not suites:
                raise archive.Error("%s: no pin of %s, or no suite for it in %s; "
                                    "run `bazel run //third_party:update`" %
                                    (lock, name, packages))
            fetch_source(pins[0], suites, os.path.abspath(target))
        else:
            print(__doc__, file=sys.stderr)
            return 2
    except archive.Error as error:
        log("ERROR: %s" % error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
