#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that a big snapshot, as kubectl prints it, is read without trouble.

usage: snapshot.py CNPC"""
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

import gen_snapshot

OBJECTS = 20000
READ = {("v1", k) for k in ("Namespace", "Node", "Pod", "Service")} | {
    ("apps/v1", "ReplicaSet"), ("discovery.k8s.io/v1", "EndpointSlice"),
    ("cilium.io/v2", "CiliumIdentity"), ("cilium.io/v2", "CiliumNetworkPolicy")}


def check_bundle(bundle, items):
    """What is wrong with the endpoints of BUNDLE, made of ITEMS."""
    want = collections.Counter(
        (o["metadata"].get("namespace", "default"),
         o["metadata"]["labels"]["app"])
        for o in items if o["kind"] == "Pod")
    endpoints = json.loads((bundle / "endpoints.json").read_text())
    got = collections.Counter((e["namespace"], e["name"].split("-")[0])
                              for e in endpoints)
    if got != want:
        yield f"endpoints: want {want}, got {got}"
    for ns, app in want:
        ids = {e["identity"] for e in endpoints
               if e["namespace"] == ns and e["name"].startswith(f"{app}-")}
        snapshot_id = (ns, app) == ("shop", "web")
        if len(ids) != 1 or snapshot_id != (
                ids == {gen_snapshot.WEB_IDENTITY}):
            yield f"identities of {ns}/{app}: {ids}"


def main():
    cnpc = sys.argv[1]
    errors = []

    def run(want, *args):
        p = subprocess.run([cnpc, *args], capture_output=True, text=True,
                           timeout=100)
        said = [line for line in p.stderr.splitlines()
                if not line.startswith("read: ")]
        if p.returncode != want or said:
            errors.append(f"{args[0]}: exit {p.returncode}: {p.stderr[:400]}")
        return p.stdout

    with tempfile.TemporaryDirectory() as tmp:
        path = pathlib.Path(tmp) / "all.json"
        items = gen_snapshot.snapshot(OBJECTS, 1)
        path.write_text(json.dumps({"apiVersion": "v1", "kind": "List",
                                    "items": items}, indent=4))
        skipped = sum((o["apiVersion"], o["kind"]) not in READ for o in items)
        out = run(0, "compile", "-o", f"{tmp}/bundle", path)
        line = f"skipped     {skipped} objects of kinds that cnpc does not read"
        if line not in out.splitlines():
            errors.append(f"compile: no line {line!r} in\n{out}")
        if not errors:
            errors += check_bundle(pathlib.Path(tmp) / "bundle", items)
        db, web, mail = (next(o["metadata"]["name"] for o in items
                              if o["kind"] == "Pod" and o["metadata"].get(
                                  "namespace") == "shop"
                              and o["metadata"]["labels"]["app"] == app)
                         for app in ("db", "web", "mail"))
        for peer, status, verdict in ((web, 0, "ALLOWED"),
                                      (mail, 1, "DROPPED")):
            out = run(status, "trace", "--from", f"shop/{peer}", "--to",
                      f"shop/{db}", "--port", "8080/tcp", path)
            if not out.startswith(verdict + " "):
                errors.append(f"trace: not {verdict}: {out[:80]}")
    for e in errors:
        print(e)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
