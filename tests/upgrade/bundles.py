#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""diff of bundles tells what diff of the manifests does that they are made of.

    bundles.py CNPC DIR

Of each two policy files of DIR, which has a cluster.yaml: both sides a bundle,
and either of them. What a bundle is not is told: one with a file that is not as
it was written, and --trusted of what is no bundle.
"""
import itertools
import os
import pathlib
import subprocess
import sys
import tempfile

CLUSTER = ("--cluster", "cluster.yaml")
POLICIES = ("old.yaml", "moved.yaml", "opened.yaml", "proxied.yaml",
            "no-effect.yaml")


def run(cnpc, folder, *args):
    p = subprocess.run([cnpc, *args], cwd=folder, capture_output=True,
                       text=True, check=False)
    return p.returncode, p.stdout, p.stderr


def compare(cnpc, folder, bundle, old, new):
    """The ways of naming the two sides that give something else."""
    want = run(cnpc, folder, "diff", *CLUSTER, old, new)[:2]
    for a, b in ((bundle[old], bundle[new]), (bundle[old], new),
                 (old, bundle[new])):
        got = run(cnpc, folder, "diff", *CLUSTER, a, b)
        if got[:2] != want:
            yield f"{old} {new}: {a} {b}: {got}"


def refused(cnpc, folder, bundle):
    """What is not told of a bundle that is none."""
    path = pathlib.Path(bundle["old.yaml"]) / "objects.bin"
    path.write_bytes(path.read_bytes() + b"x")
    for args, status, text in (
            ((bundle["old.yaml"], "old.yaml"), 2, "CNP505"),
            (("--trusted", "key.pem", bundle["moved.yaml"], "old.yaml"), 3,
             "no bundle")):
        got = run(cnpc, folder, "diff", *args)
        if got[0] != status or got[1] or text not in got[2]:
            yield f"{' '.join(args)}: {got}"


def main():
    cnpc, folder = map(os.path.abspath, sys.argv[1:])
    with tempfile.TemporaryDirectory() as tmp:
        bundle = {p: f"{tmp}/{p}.bundle" for p in POLICIES}
        wrong = [p for p in POLICIES
                 if run(cnpc, folder, "compile", *CLUSTER, "-o", bundle[p],
                        p)[0] != 0]
        pairs = list(itertools.permutations(POLICIES, 2))
        for old, new in pairs:
            wrong += compare(cnpc, folder, bundle, old, new)
        wrong += refused(cnpc, folder, bundle)
    print("\n".join(wrong) or f"{len(pairs)} pairs: the same")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
