# SPDX-License-Identifier: Apache-2.0
"""A directory with inputs, two bundles, and the one that is worked on."""
import os
import pathlib
import shutil
import subprocess

POLICY = """apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: db, namespace: shop}
spec: {endpointSelector: {}, ingress: [{toPorts: [{ports: [{port: "PORT"}]}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web}]}
status: {podIP: 10.0.0.1}
"""


def content(top):
    """What is below TOP, byte for byte; None when it is not there."""
    if not top.is_dir():
        return None
    return {str(p.relative_to(top)): p.read_bytes() if p.is_file() else None
            for p in top.rglob("*")}


class Place:
    """`old` and `new` are compiled from old.yaml and new.yaml; `work` holds
    `out`, a copy of `old`."""

    def __init__(self, cnpc, tmp):
        self.cnpc, self.dir = cnpc, pathlib.Path(tmp)
        self.work = self.dir / "work"
        self.work.mkdir()
        for name, port in (("old", "80"), ("new", "443")):
            folder = self.dir / name
            (self.dir / f"{name}.d").mkdir()
            (self.dir / f"{name}.d" / "in.yaml").write_text(
                POLICY.replace("PORT", port))
            self.run("compile", "-o", str(folder), f"{name}.d")
        self.old, self.new = (content(self.dir / n) for n in ("old", "new"))
        self.reset()

    def run(self, *args):
        return subprocess.run([self.cnpc, *args], cwd=self.dir, text=True,
                              check=True, capture_output=True,
                              stdin=subprocess.DEVNULL)

    def reset(self):
        """Puts `old` there again, if something else is, and nothing beside."""
        if self.out() == self.old and os.listdir(self.work) == ["out"]:
            return
        shutil.rmtree(self.work)
        self.work.mkdir()
        shutil.copytree(self.dir / "old", self.work / "out")

    def out(self):
        return content(self.work / "out")

    def lock(self):
        """The lock of identities; None when there is none."""
        path = self.work / "lock.yaml"
        return path.read_text() if path.exists() else None

    def left(self):
        """What was begun and is still there."""
        return [str(p.relative_to(self.work)) for top in
                (self.work, self.work / "out") for p in top.glob(".cnpc-*")]
