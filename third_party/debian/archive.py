"""What fetch.py and update.py share: locks, versions, and a private view of the Debian archive.

No archive is named anywhere in the project: every address comes from the system's own apt sources.
"""

import collections
import fcntl
import glob
import os
import re
import subprocess
import time

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

# A private copy of package lists is used this long before it is fetched again.
LISTS_SECONDS_MAX = 3600


class Error(Exception):
    """Something a person has to act on; its text says what."""


# One line of a lock: a package, its exact version, and the checksum of its file.
Pin = collections.namedtuple("Pin", ["name", "version", "sha256"])


def _lines(text):
    """The meaningful lines of a file: (number, words)."""
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split("#", 1)[0].split()
        if words:
            yield number, words


def parse_lock(text, path="lock"):
    """The pins of a .lock file."""
    pins = []
    for number, words in _lines(text):
        if len(words) != 3 or not re.fullmatch("[0-9a-f]{64}", words[2]):
            raise Error("%s:%d: expected NAME VERSION SHA256; "
                        "run `bazel run //third_party:update`" % (path, number))
        pins.append(Pin(*words))
    names = [pin.name for pin in pins]
    for name in names:
        if names.count(name) > 1:
            raise Error("%s: %s is pinned twice" % (path, name))
    return pins


def format_lock(pins, wanted):
    """The text of a .lock file. `wanted` names the .packages file it was made from."""
    head = "# Made by `bazel run //third_party:update` from %s.\n" % wanted
    return head + "".join(" ".join(pin) + "\n" for pin in sorted(pins, key=lambda pin: pin.name))


def parse_packages(text, path="packages"):
    """The packages that a .packages file asks for: {name: [suite, ...]}, suites often empty."""
    packages = {}
    for number, words in _lines(text):
        if not re.fullmatch("[a-z0-9][a-z0-9+.-]+", words[0]):
            raise Error("%s:%d: %r is not a package name" % (path, number, words[0]))
        if words[0] in packages:
            raise Error("%s:%d: %s is listed twice" % (path, number, words[0]))
        packages[words[0]] = words[1:]
    return packages


def upstream_version(version):
    """A version without its epoch and Debian revision: 1:1.2.13.dfsg-1+b2 -> 1.2.13.dfsg."""
    version = version.split(":", 1)[-1]
    return version.rsplit("-", 1)[0] if "-" in version else version


def replacement(pin, offered):
    """The version to take instead of a pinned one that is gone.

    That is the newest Debian revision of the same upstream version. `offered` are the versions
    that apt knows, newest first.
    """
    for version in offered:
        if upstream_version(version) == upstream_version(pin.version):
            return version
    raise Error(
        "%s %s is gone from the Debian archive, which offers %s.\n"
        "Run `bazel run //third_party:update`, then build and test again." %
        (pin.name, pin.version, ", ".join(offered) or "no such package"))


def file_name(name, version, architecture):
    """The name under which `apt-get download` stores a package."""
    return "%s_%s_%s.deb" % (name, version.replace(":", "%3a"), architecture)


def cache_folder():
    """Where fetched files are kept, by checksum. DEBIAN_PACKAGES_CACHE moves it."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.environ["HOME"], ".cache")
    return os.environ.get("DEBIAN_PACKAGES_CACHE") or os.path.join(base, "debian-packages")


def _deb822(text):
    """The stanzas of an apt .sources file, keys in lower case."""
    for paragraph in re.split(r"\n\s*\n", text):
        stanza = {}
        for line in paragraph.splitlines():
            if line[:1] not in ("", "#", " ", "\t") and ":" in line:
                key, value = line.split(":", 1)
                stanza[key.strip().lower()] = value.strip()
        if stanza.get("enabled", "yes") != "no" and "uris" in stanza:
            yield stanza["uris"].split()[0], stanza.get("suites", "").split(), stanza.get(
                "signed-by", "")


def _one_line(text):
    """The entries of an apt .list file: deb [options] URI SUITE COMPONENT..."""
    for line in text.splitlines():
        match = re.match(r"\s*deb\s+(?:\[([^]]*)\]\s*)?(\S+)\s+(\S+)", line.split("#")[0])
        if match:
            key = re.search(r"signed-by=(\S+)", match.group(1) or "")
            yield match.group(2), [match.group(3)], key.group(1) if key else ""


def read_sources(etc="/etc/apt"):
    """The system's apt sources: [(address, suites, key file or "")]."""
    found = []
    for path in sorted(glob.glob(etc + "/sources.list.d/*.sources")):
        with open(path) as f:
            found += _deb822(f.read())
    for path in [etc + "/sources.list"] + sorted(glob.glob(etc + "/sources.list.d/*.list")):
        if os.path.exists(path):
            with open(path) as f:
                found += _one_line(f.read())
    return found


def derive_sources(system, codename, suites, kind):
    """A .sources file for these suites, with addresses and keys from the system's sources.

    A suite that the system knows keeps its own address; any other is asked of the archive that
    serves the system's release. `kind` is deb or deb-src.
    """
    archive = [entry for entry in system if codename in entry[1]]
    if not archive:
        raise Error("no apt source in /etc/apt serves %s: Debian's archive is needed" % codename)
    stanzas = []
    for suite in suites:
        own = [entry for entry in system if suite in entry[1]]
        if not own and suite.endswith("-security"):
            continue  # It lies in an archive of its own, which this system does not use.
        address, _, key = (own or archive)[0]
        stanzas.append("Types: %s\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n" %
                       (kind, address, suite, key or KEYRING))
    return "\n".join(stanzas)


def codename():
    with open("/etc/os-release") as f:
        match = re.search(r'^VERSION_CODENAME="?(\w+)', f.read(), re.M)
    if not match:
        raise Error("/etc/os-release names no release: Debian 12 is needed")
    return match.group(1)


class Apt:
    """apt with a state folder of its own: needs neither root nor the system's package lists.

    Without suites it uses the system's sources and lists, which may be empty or old. With suites
    it knows nothing else, not even what is installed.
    """

    _CONF = """\
Dir::Cache "{folder}/cache";
Dir::Log "{folder}/log";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::Retries "3";
APT::Sandbox::User "{user}";
"""
    _OWN_LISTS = """\
Dir::State::lists "{folder}/lists";
Dir::State::status "/dev/null";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "{folder}/sources";
"""

    def __init__(self, kind="deb", suites=()):
        self._own_lists = bool(suites)
        name = "-".join([kind] + list(suites)) if suites else "system"
        self._folder = os.path.join(cache_folder(), "apt", name)
        for folder in ("lists/partial", "cache/archives/partial", "log", "sources"):
            os.makedirs(os.path.join(self._folder, folder), exist_ok=True)
        # Several repository rules fetch at once.
        self._lock = open(os.path.join(self._folder, "lock"), "w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        conf = self._CONF + (self._OWN_LISTS if self._own_lists else "")
        user = subprocess.run(["id", "-un"], check=True, stdout=subprocess.PIPE).stdout
        self._write("conf", conf.format(folder=self._folder, user=user.decode().strip()))
        if self._own_lists:
            self._write("sources/derived.sources",
                        derive_sources(read_sources(), codename(), suites, kind))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._lock.close()

    def _write(self, name, text):
        with open(os.path.join(self._folder, name), "w") as f:
            f.write(text)

    def run(self, command, cwd=None, must=True):
        """Runs an apt command; returns its output, or None where it failed and need not work."""
        environment = dict(os.environ, LC_ALL="C", APT_CONFIG=self._folder + "/conf")
        done = subprocess.run(command, cwd=cwd, env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, universal_newlines=True)
        if done.returncode == 0:
            return done.stdout
        if must:
            raise Error("`%s` failed:\n%s" % (" ".join(command), done.stderr.strip()))
        return None

    def update(self, fresh=False):
        """Fetches the package lists, unless they are recent and `fresh` is not asked for."""
        if not self._own_lists:
            return
        stamp = os.path.join(self._folder, "updated")
        if not fresh and os.path.exists(stamp):
            if time.time() - os.path.getmtime(stamp) < LISTS_SECONDS_MAX:
                return
        self.run(["apt-get", "-q", "update"])
        self._write("updated", "")

    def versions(self, name):
        """The versions on offer, newest first, of a binary or source package."""
        out = self.run(["apt-cache", "madison", name], must=False) or ""
        versions = []
        for line in out.splitlines():
            version = line.split("|")[1].strip()
            if version not in versions:
                versions.append(version)
        return versions
