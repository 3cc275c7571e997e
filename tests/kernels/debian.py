# SPDX-License-Identifier: Apache-2.0
"""Debian's kernels, and files of what is installed here, as a tree."""
import pathlib
import re
import shutil
import subprocess

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
MIRROR = "http://deb.debian.org"
KERNEL = "linux-image-cloud-amd64"
ONLY = ["--no-" + what for what in ("breaks", "conflicts", "enhances",
                                    "recommends", "replaces", "suggests")]


def output(*argv):
    return subprocess.run(argv, check=True, capture_output=True,
                          text=True).stdout


def apt_options(suite, work):
    """Makes apt read SUITE and nothing else, and write into WORK."""
    (work / "lists/partial").mkdir(parents=True, exist_ok=True)
    signed = f"deb [arch=amd64 signed-by={KEYRING}] {MIRROR}"
    lines = [f"{signed}/debian {suite} main"]
    if suite != "sid":
        lines += [f"{signed}/debian-security {suite}-security main"]
    (work / "sources.list").write_text("\n".join(lines) + "\n")
    options = {"Dir::Etc::SourceList": work / "sources.list",
               "Dir::Etc::SourceParts": "/dev/null",
               "Dir::State::Lists": work / "lists",
               "Dir::Cache": work / "cache",
               "Acquire::Languages": "none", "APT::Sandbox::User": "root"}
    return [word for name, value in options.items()
            for word in ("-o", f"{name}={value}")]


def fetch_kernel(suite, work):
    """The newest kernel of SUITE, unpacked below WORK: its image and the
    directory of its modules. What is there already is not fetched again."""
    tree = work / "tree"
    if not tree.exists():
        options = apt_options(suite, work)
        subprocess.run(["apt-get", *options, "-qq", "update"], check=True)
        # From 7.2 on a kernel is in several packages.
        told = output("apt-cache", *options, *ONLY, "--recurse", "depends",
                      KERNEL)
        names = set(re.findall(r"^linux-(?:image|binary|modules)-\d.*$", told,
                               re.M))
        shutil.rmtree(work / "debs", ignore_errors=True)
        (work / "debs").mkdir()
        subprocess.run(["apt-get", *options, "-qq", "download", *names],
                       check=True, cwd=work / "debs")
        for deb in (work / "debs").iterdir():
            subprocess.run(["dpkg-deb", "-x", deb, work / "tree.new"],
                           check=True)
        (work / "tree.new").rename(tree)
    image, = tree.glob("**/vmlinuz*")
    modules, = tree.glob("**/lib/modules/*/")
    return image, modules


def modules_of(modules, wanted):
    """The modules of these names, each after those that it needs."""
    release, base = modules.name, modules.parents[2]
    subprocess.run(["depmod", "-b", base, release], check=True)
    needs = {}
    for line in (modules / "modules.dep").read_text().splitlines():
        path, _, others = line.partition(":")
        needs[path] = others.split()
    by_name = {pathlib.Path(p).name.split(".")[0].replace("-", "_"): p
               for p in needs}
    found = []
    for name in wanted:
        # What is built in has no file.
        if name in by_name:
            path = by_name[name]
            # Those that a line names stand in the order of unloading.
            found += [p for p in [*reversed(needs[path]), path]
                      if p not in found]
    return [modules / p for p in found]


def libraries_of(program):
    run = subprocess.run(["ldd", program], capture_output=True, text=True)
    return set(re.findall(r"(/\S+) \(0x", run.stdout))


def copy_into(tree, files):
    """Files that are here, at the same place there, with their libraries."""
    for f in files:
        for path in {str(f), *libraries_of(f)}:
            to = tree / path[1:]
            to.parent.mkdir(parents=True, exist_ok=True)
            if not to.exists():
                shutil.copy2(path, to)


def files_of(packages):
    """The files of packages that are installed."""
    listed = output("dpkg", "-L", *packages).splitlines()
    return [p for p in listed if pathlib.Path(p).is_file()]
