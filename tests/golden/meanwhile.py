#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks `verify` beside `compile`: a bundle is never half one, half another.

usage: meanwhile.py CNPC

While one process verifies a bundle again and again, others replace it by two
bundles in turn. At the end the directory is one of the two, whole, and each
run said what it did. Prints TAP; skipped where the kernel cannot be asked."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

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
ROUNDS = 12


def outputs(bundle):
    manifest = json.loads((bundle / "manifest.json").read_text())
    return {o["name"]: o["xxh3_128"] for o in manifest["outputs"]}


def main():
    cnpc = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as tmp:
        tmp = pathlib.Path(tmp)
        inputs, wanted = [], []
        for port in ("80", "443"):
            inputs.append(tmp / f"{port}.yaml")
            inputs[-1].write_text(POLICY.replace("PORT", port))
            out = tmp / f"bundle-{port}"
            subprocess.run([cnpc, "compile", "-o", out, inputs[-1]],
                           check=True, capture_output=True)
            wanted.append(outputs(out))
        run = subprocess.run([cnpc, "verify", "--require-verified", out],
                             capture_output=True)
        if run.returncode == 1:
            print("1..0 # SKIP the kernel cannot be asked")
            return 0
        out, wrong = tmp / "out", []
        for i in range(ROUNDS):
            both = [subprocess.Popen([cnpc, "compile", "-o", out, inputs[i % 2]],
                                     stdout=subprocess.DEVNULL,
                                     stderr=subprocess.PIPE, text=True)]
            if i > 0:
                both.append(subprocess.Popen([cnpc, "verify", out],
                                             stdout=subprocess.DEVNULL,
                                             stderr=subprocess.PIPE, text=True))
            told = [p.communicate()[1] for p in both]
            if both[0].returncode != 0:
                wrong.append(f"compile: {told[0]}")
            if i > 0 and both[1].returncode != 0 and "CNP5" not in told[1]:
                wrong.append(f"verify: {both[1].returncode} {told[1]}")
            if outputs(out) != wanted[i % 2]:
                wrong.append(f"round {i}: not the bundle that was compiled")
        whole = subprocess.run([cnpc, "verify", out], capture_output=True,
                               text=True)
        if whole.returncode != 0:
            wrong.append(f"at the end: {whole.stderr}")
        left = [p.name for p in tmp.iterdir() if p.name.startswith(".cnpc")]
        if left:
            wrong.append(f"left: {left}")
    print("1..1")
    print(f"{'not ok' if wrong else 'ok'} 1 - verify beside compile")
    for w in wrong:
        print(f"# {w}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
