#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that `verify`, as root, lets nothing of a tampered bundle act.

usage: tampered.py CNPC

Bundles with bytes changed and hashes mended go through the whole program, in a
network namespace of its own. None is accepted, no packet is sent, nothing is
pinned, and no run ends by a signal. Prints TAP; skipped without the rights.
tests/unit/test_tamper.c does the same to the reader alone, thousands of times."""
import ctypes
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

POLICY = """apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  endpointSelector: {}
  ingress:
  - toPorts: [{ports: [{port: "80", protocol: TCP}], rules: {http: [{path: /a}]}}]
  - fromCIDR: [192.0.2.0/24]
---
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web}]}
status: {podIP: 10.0.0.1}
"""
PLACES = 12  # in each file
STATUSES = (1, 2)


class Hash(ctypes.Structure):
    _fields_ = [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]


xxhash = ctypes.CDLL("libxxhash.so.0")
xxhash.XXH3_128bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
xxhash.XXH3_128bits.restype = Hash


def hash_text(data):
    h = xxhash.XXH3_128bits(data, len(data))
    return f"{h.high:016x}{h.low:016x}"


def packets():
    """Bytes and packets that the namespace's devices saw."""
    lines = pathlib.Path("/proc/net/dev").read_text().splitlines()[2:]
    return [line.split(":")[1].split() for line in lines]


def pinned():
    return sorted(str(p) for p in pathlib.Path("/sys/fs/bpf").rglob("*"))


def changed(data, place):
    """DATA with one byte changed, somewhere else for each PLACE."""
    at = (len(data) - 1) * place // max(PLACES - 1, 1)
    return data[:at] + bytes([data[at] ^ (1 << place % 8)]) + data[at + 1:]


def tamper(bundle, name, place):
    path = bundle / name
    before = path.read_bytes()
    after = changed(before, place)
    path.write_bytes(after)
    if name != "manifest.json":
        manifest = bundle / "manifest.json"
        manifest.write_bytes(manifest.read_bytes().replace(
            hash_text(before).encode(), hash_text(after).encode()))


def check(cnpc, tmp):
    """What is wrong, as texts."""
    (tmp / "policy.yaml").write_text(POLICY)
    whole = tmp / "bundle"
    subprocess.run([cnpc, "compile", "-o", whole, tmp / "policy.yaml"],
                   check=True, capture_output=True)
    files = ["manifest.json"] + [o["name"] for o in json.loads(
        (whole / "manifest.json").read_text())["outputs"]]
    before, wrong = (packets(), pinned()), []
    for name in files:
        for place in range(PLACES):
            bundle = tmp / "tampered"
            shutil.rmtree(bundle, ignore_errors=True)
            shutil.copytree(whole, bundle)
            tamper(bundle, name, place)
            run = subprocess.run(
                [cnpc, "verify", "--require-verified", bundle],
                capture_output=True, text=True)
            if run.returncode not in STATUSES:
                wrong.append(f"{name}, place {place}: {run.returncode} "
                             f"{run.stderr}")
    if (packets(), pinned()) != before:
        wrong.append("something was sent or pinned")
    return wrong


def main():
    cnpc = os.path.abspath(sys.argv[1])
    if os.environ.get("CNPC_IN_NAMESPACE") != "1":
        os.environ["CNPC_IN_NAMESPACE"] = "1"
        run = subprocess.run(["unshare", "-n", sys.executable, *sys.argv],
                             capture_output=True, text=True)
        if "unshare failed" in run.stderr:
            print("1..0 # SKIP no network namespaces")
            return 0
        sys.stdout.write(run.stdout)
        sys.stderr.write(run.stderr)
        return run.returncode
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.TemporaryDirectory() as tmp:
        wrong = check(cnpc, pathlib.Path(tmp))
    print("1..1")
    print(f"{'not ok' if wrong else 'ok'} 1 - tampered bundles do nothing")
    for w in wrong:
        print(f"# {w}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
