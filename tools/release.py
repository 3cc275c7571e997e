#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the files of a release from installed trees.

usage: release.py --version V --epoch SECONDS --url URL --out DIR
                  --source TAR [--tree ARCH=DIR]... [--package FILE]...

DIR of a --tree is what `meson install` put there, below usr/local. Into --out
go, for each, an archive and the debug information apart; the packages that are
given; the npm package, the OCI image, the manifests of krew and Homebrew, the bill
of materials, and the sums of all. Every file depends on what it is made of alone:
names are sorted, and times are --epoch."""
import argparse
import datetime
import gzip
import hashlib
import io
import json
import pathlib
import re
import subprocess
import tarfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGING = ROOT / "packaging"
PREFIX = pathlib.Path("usr/local")

# What Debian, Node.js and binutils call an architecture.
NODE = {"amd64": "x64", "arm64": "arm64"}
HOMEBREW = {"amd64": "on_intel", "arm64": "on_arm"}
BINUTILS = {"amd64": "", "arm64": "aarch64-linux-gnu-"}

# Of a library of NOTICE, its package of pkg-config.
PKG_CONFIG = {"libyaml": "yaml-0.1", "libz": "zlib", "elf": "libelf",
              "md": "libmd"}
LICENCE = re.compile(r"^(lib\S+|glibc|elf|md) +(\S.*?) +(https://\S+)$",
                     re.MULTILINE)


def archive(entries, epoch):
    """The bytes of a tar archive of (name, bytes, executable or not)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w",
                      format=tarfile.USTAR_FORMAT) as t:
        for name, data, executable in sorted(entries):
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), epoch
            info.mode = 0o755 if executable else 0o644
            info.uname = info.gname = "root"
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zipped(data):
    return gzip.compress(data, 9, mtime=0)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def files_of(tree, below):
    for path in sorted(tree.rglob("*")):
        if path.is_file():
            yield (f"{below}/{path.relative_to(tree)}", path.read_bytes(),
                   path.stat().st_mode & 0o100 != 0)


class Release:
    def __init__(self, a):
        self.version, self.epoch, self.url, self.out = \
            a.version, a.epoch, a.url, a.out
        self.trees = dict(t.split("=", 1) for t in a.tree)
        self.programs, self.sums, self.archives = {}, {}, {}
        self.out.mkdir(parents=True, exist_ok=True)

    def put(self, name, data):
        (self.out / name).write_bytes(data)
        self.sums[name] = sha256(data)

    def filled(self, name, **values):
        text = (PACKAGING / name).read_text()
        values["VERSION"] = self.version
        for key, value in values.items():
            text = text.replace(f"@{key}@", value)
        return text.encode()

    def put_archive(self, arch):
        """The program with what belongs to it; what debuggers want, apart."""
        tree = pathlib.Path(self.trees[arch]) / PREFIX
        program, debug = tree / "bin/cnpc", self.out / "cnpc.debug"
        name = f"cnpc-{self.version}-linux-{arch}"
        tool = BINUTILS[arch]
        subprocess.run([tool + "objcopy", "--only-keep-debug",
                        "--compress-debug-sections=zlib", program, debug],
                       check=True)
        subprocess.run([tool + "strip", program], check=True)
        subprocess.run([tool + "objcopy", f"--add-gnu-debuglink={debug}",
                        program], check=True)
        self.programs[arch] = program.read_bytes()
        self.put(f"{name}-debug.tar.gz", zipped(archive(
            [(f"{name}/bin/.debug/cnpc.debug", debug.read_bytes(), False)],
            self.epoch)))
        debug.unlink()
        self.archives[arch] = f"{name}.tar.gz"
        self.put(self.archives[arch],
                 zipped(archive(files_of(tree, name), self.epoch)))

    def put_npm(self):
        cpus = ", ".join(f'"{NODE[a]}"' for a in sorted(self.programs))
        entries = [("package/package.json",
                    self.filled("npm/package.json.in", CPUS=cpus), False),
                   ("package/cnpc.js",
                    (PACKAGING / "npm/cnpc.js").read_bytes(), True)]
        entries += [(f"package/{n}", (ROOT / n).read_bytes(), False)
                    for n in ("LICENSE", "NOTICE")]
        entries += [(f"package/bin/cnpc-linux-{NODE[arch]}", data, True)
                    for arch, data in self.programs.items()]
        self.put(f"cnpc-{self.version}-npm.tgz",
                 zipped(archive(entries, self.epoch)))

    def oci_manifest(self, arch, blob):
        layer = archive([("cnpc", self.programs[arch], True)], self.epoch)
        created = datetime.datetime.fromtimestamp(
            self.epoch, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        config = {"created": created, "architecture": arch, "os": "linux",
                  "config": {"User": "65534", "Entrypoint": ["/cnpc"],
                             "WorkingDir": "/work"},
                  "rootfs": {"type": "layers",
                             "diff_ids": [f"sha256:{sha256(layer)}"]}}
        kind = "application/vnd.oci.image."
        return {"schemaVersion": 2, "mediaType": kind + "manifest.v1+json",
                "config": blob(kind + "config.v1+json",
                               json.dumps(config).encode()),
                "layers": [blob(kind + "layer.v1.tar+gzip", zipped(layer))]}

    def put_oci(self):
        """An image layout from scratch: the program, and nothing beside."""
        entries = {}

        def blob(kind, data):
            entries[f"blobs/sha256/{sha256(data)}"] = data
            return {"mediaType": kind, "digest": f"sha256:{sha256(data)}",
                    "size": len(data)}

        index = {"schemaVersion": 2,
                 "mediaType": "application/vnd.oci.image.index.v1+json",
                 "manifests": []}
        for arch in sorted(self.programs):
            manifest = json.dumps(self.oci_manifest(arch, blob)).encode()
            index["manifests"].append({
                **blob("application/vnd.oci.image.manifest.v1+json", manifest),
                "platform": {"architecture": arch, "os": "linux"},
                "annotations": {
                    "org.opencontainers.image.ref.name": self.version}})
        entries["oci-layout"] = b'{"imageLayoutVersion": "1.0.0"}'
        entries["index.json"] = json.dumps(index).encode()
        self.put(f"cnpc-{self.version}-oci.tar", archive(
            [(n, d, False) for n, d in entries.items()], self.epoch))

    def put_manifests(self):
        krew, brew = [], []
        for arch, name in sorted(self.archives.items()):
            krew.append(f"""\
  - selector:
      matchLabels: {{os: linux, arch: {arch}}}
    uri: {self.url}/{name}
    sha256: {self.sums[name]}
    bin: cnpc
    files:
    - from: cnpc-{self.version}-linux-{arch}/bin/cnpc
      to: .
    - from: cnpc-{self.version}-linux-{arch}/share/doc/cnpc/LICENSE
      to: .""")
            brew.append(f"""\
    {HOMEBREW[arch]} do
      url "{self.url}/{name}"
      sha256 "{self.sums[name]}"
    end""")
        self.put("krew.yaml",
                 self.filled("krew.yaml.in", PLATFORMS="\n".join(krew)))
        self.put("cnpc.rb",
                 self.filled("homebrew.rb.in", PLATFORMS="\n".join(brew)))

    def put_sbom(self):
        """What the programs are made of, by the names of NOTICE."""
        def package(name, version, licence, where):
            return {"SPDXID": f"SPDXRef-{name}", "name": name,
                    "versionInfo": version, "downloadLocation": where,
                    "filesAnalyzed": False, "licenseConcluded": licence,
                    "licenseDeclared": licence,
                    "copyrightText": "NOASSERTION"}
        packages = [package("cnpc", self.version, "Apache-2.0", self.url)]
        for m in LICENCE.finditer((ROOT / "NOTICE").read_text()):
            name, licence, where = m.groups()
            licence = licence.replace(" and others", "")
            packages.append(package(name, library_version(name), licence,
                                    where))
        sums = "".join(sha256(self.programs[a]) for a in sorted(self.programs))
        self.put(f"cnpc-{self.version}.spdx.json", (json.dumps({
            "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0",
            "SPDXID": "SPDXRef-DOCUMENT", "name": f"cnpc-{self.version}",
            "documentNamespace":
                f"urn:cnpc:spdx:{self.version}:{sha256(sums.encode())}",
            "creationInfo": {
                "created": datetime.datetime.fromtimestamp(
                    self.epoch, datetime.timezone.utc)
                .strftime("%Y-%m-%dT%H:%M:%SZ"),
                "creators": ["Tool: cnpc-release"]},
            "packages": packages,
            "relationships": [
                {"spdxElementId": "SPDXRef-DOCUMENT",
                 "relationshipType": "DESCRIBES",
                 "relatedSpdxElement": "SPDXRef-cnpc"}] + [
                {"spdxElementId": "SPDXRef-cnpc",
                 "relationshipType": "STATIC_LINK",
                 "relatedSpdxElement": p["SPDXID"]} for p in packages[1:]],
        }, indent=2) + "\n").encode())


def library_version(name):
    if name == "glibc":
        text = subprocess.run(["ldd", "--version"], capture_output=True,
                              text=True, check=True).stdout
        return text.splitlines()[0].split()[-1]
    return subprocess.run(
        ["pkg-config", "--modversion", PKG_CONFIG.get(name, name)],
        capture_output=True, text=True, check=True).stdout.strip()


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--version", required=True)
    ap.add_argument("--epoch", required=True, type=int)
    ap.add_argument("--url", required=True)
    ap.add_argument("--out", required=True, type=pathlib.Path)
    ap.add_argument("--source", required=True, type=pathlib.Path)
    ap.add_argument("--tree", action="append", required=True)
    ap.add_argument("--package", action="append", default=[],
                    type=pathlib.Path)
    a = ap.parse_args()
    r = Release(a)
    for arch in sorted(r.trees):
        r.put_archive(arch)
    r.put(f"cnpc-{r.version}.tar.gz", zipped(a.source.read_bytes()))
    for package in a.package:
        r.put(package.name, package.read_bytes())
    r.put_npm()
    r.put_oci()
    r.put_manifests()
    r.put_sbom()
    (r.out / "SHA256SUMS").write_text("".join(
        f"{r.sums[n]}  {n}\n" for n in sorted(r.sums)))


if __name__ == "__main__":
    main()
