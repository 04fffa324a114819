#!/usr/bin/python3 -B
"""Renews the locks from the .packages files: `bazel run //third_party:update [-- NAME...]`.

Each package is pinned at the newest version that its Debian suite offers now. A .packages file is
named for its suite, as in bookworm.packages or bookworm.go.packages; sources.packages names the
suites itself. With names (bookworm, sources...) only those locks are renewed. A lock changes as a
whole or not at all.
"""

import os
import re
import sys
import tempfile

import archive

FOLDER = "third_party/debian"


def log(text):
    print("update: " + text, file=sys.stderr, flush=True)


def binary_pins(records):
    """Pins from the output of `apt-cache show`; a package's first record is its newest."""
    pins = {}
    for record in re.split(r"\n\s*\n", records):
        fields = dict(re.findall(r"^(Package|Version|SHA256): (\S+)$", record, re.M))
        if len(fields) == 3 and fields["Package"] not in pins:
            pins[fields["Package"]] = archive.Pin(fields["Package"], fields["Version"],
                                                  fields["SHA256"])
    return pins


def source_pin(name, records, version):
    """The pin of a source version from the output of `apt-cache showsrc`."""
    for record in re.split(r"\n\s*\n", records):
        if re.search(r"^Version: %s$" % re.escape(version), record, re.M):
            tarballs = re.findall(r"^ ([0-9a-f]{64}) \d+ \S+\.orig\.tar\.\w+$", record, re.M)
            if len(tarballs) == 1:
                return archive.Pin(name, version, tarballs[0])
    raise archive.Error("%s %s: no single upstream tarball in the archive" % (name, version))


def pin_binaries(stem, packages):
    suite = stem.split(".")[0]
    suites = [suite]
    if suite == archive.codename():
        suites += [suite + "-updates", suite + "-security"]
    with archive.Apt("deb", suites) as apt:
        log("%s: fetching package lists" % stem)
        apt.update(fresh=True)
        names = sorted(packages)
        # Fails where one is missing, and still prints the others.
        records = apt.run(["apt-cache", "show", "--no-all-versions"] + names, must=False) or ""
        pins = binary_pins(records)
        missing = [name for name in names if name not in pins]
        if missing:
            raise archive.Error("%s.packages: Debian's %s has no %s" %
                                (stem, suite, ", ".join(missing)))
        return [pins[name] for name in names]


def pin_sources(packages):
    pins = []
    for name, suites in sorted(packages.items()):
        if not suites:
            raise archive.Error("sources.packages: %s names no suite" % name)
        log("sources: %s from %s" % (name, " or ".join(suites)))
        pin = None
        for suite in suites:
            with archive.Apt("deb-src", [suite]) as apt:
                apt.update()
                offered = apt.versions(name)
                if offered:
                    pin = source_pin(name, apt.run(["apt-cache", "showsrc", name]), offered[0])
                    break
        if not pin:
            raise archive.Error("sources.packages: no %s in %s" % (name, ", ".join(suites)))
        pins.append(pin)
    return pins


def write_atomically(path, text):
    with tempfile.NamedTemporaryFile("w", dir=os.path.dirname(path), delete=False) as f:
        f.write(text)
    os.chmod(f.name, 0o644)
    os.replace(f.name, path)


def report(old, new):
    """One line for every pin that changed."""
    before = {pin.name: pin for pin in old}
    after = {pin.name: pin for pin in new}
    for name in sorted(set(before) | set(after)):
        if before.get(name) != after.get(name):
            versions = [pins[name].version if name in pins else "none" for pins in (before, after)]
            log("  %s: %s -> %s" % (name, *versions))


def renew(folder, stem):
    wanted = "%s/%s.packages" % (folder, stem)
    lock = "%s/%s.lock" % (folder, stem)
    with open(wanted) as f:
        packages = archive.parse_packages(f.read(), wanted)
    old = []
    if os.path.exists(lock):
        with open(lock) as f:
            old = archive.parse_lock(f.read(), lock)
    new = pin_sources(packages) if stem == "sources" else pin_binaries(stem, packages)
    report(old, new)
    write_atomically(lock, archive.format_lock(new, stem + ".packages"))
    log("%s: %d packages pinned" % (stem, len(new)))


def main(arguments):
    # Bazel starts the program in its runfiles; the locks to write are the source tree's.
    folder = os.path.join(os.environ.get("BUILD_WORKSPACE_DIRECTORY", "."), FOLDER)
    stems = sorted(name[:-len(".packages")] for name in os.listdir(folder)
                   if name.endswith(".packages"))
    unknown = [name for name in arguments if name not in stems]
    if unknown:
        log("no lock %s; there are %s" % (", ".join(unknown), ", ".join(stems)))
        return 2
    try:
        for stem in arguments or stems:
            renew(folder, stem)
    except archive.Error as error:
        log("ERROR: %s" % error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
