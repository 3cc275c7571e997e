#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that `compile -o` loses nothing that somebody else put there.

usage: output.py CNPC

Each case makes a directory, compiles into it, and says whether it is replaced.
What is not replaced is the same afterwards, byte for byte. Prints TAP."""
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
spec: {endpointSelector: {}, ingress: [{}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web}]}
status: {podIP: 10.0.0.1}
"""
ANOTHER_POD = """---
apiVersion: v1
kind: Pod
metadata: {name: api-0, namespace: shop, labels: {app: api}}
spec: {containers: [{name: api}]}
status: {podIP: 10.0.0.2}
"""
REPLACED, REFUSED = 0, 2
OTHER = 12345  # somebody's number


def compile_into(cnpc, place, out, *inputs):
    return subprocess.run([cnpc, "compile", "-o", str(out), *map(str, inputs)],
                          cwd=place, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=60)


def content(place):
    """Every path below PLACE with what it is."""
    return {str(p.relative_to(place)):
            os.readlink(p) if p.is_symlink() else
            p.read_bytes() if p.is_file() else "folder"
            for p in sorted(place.rglob("*"))}


def web_application(place, bundle):
    """A web application has a manifest.json, too, and a history."""
    (place / "out" / ".git").mkdir(parents=True)
    (place / "out" / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (place / "out" / "manifest.json").write_text(
        json.dumps({"name": "shop", "icons": []}))
    return REFUSED


def foreign_manifest(place, bundle):
    """A manifest of something else, alone."""
    (place / "out").mkdir()
    (place / "out" / "manifest.json").write_text('{"format": 3}')
    return REFUSED


def no_json(place, bundle):
    (place / "out").mkdir()
    (place / "out" / "manifest.json").write_text("{")
    return REFUSED


def nothing(place, bundle):
    return REPLACED


def empty(place, bundle):
    (place / "out").mkdir()
    return REPLACED


def old_bundle(place, bundle):
    shutil.copytree(bundle, place / "out")
    return REPLACED


def incomplete_bundle(place, bundle):
    """What is missing is no loss."""
    shutil.copytree(bundle, place / "out")
    (place / "out" / "l7.json").unlink()
    return REPLACED


def file_beside(place, bundle):
    """Somebody keeps a note in the bundle."""
    shutil.copytree(bundle, place / "out")
    (place / "out" / "NOTES").write_text("mine")
    return REFUSED


def file_below(place, bundle):
    shutil.copytree(bundle, place / "out")
    (place / "out" / "maps" / "own.img").write_text("mine")
    return REFUSED


def folder_beside(place, bundle):
    shutil.copytree(bundle, place / "out")
    (place / "out" / ".git").mkdir()
    (place / "out" / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    return REFUSED


def link_to_bundle(place, bundle):
    shutil.copytree(bundle, place / "elsewhere")
    (place / "out").symlink_to("elsewhere")
    return REFUSED


def link_in_bundle(place, bundle):
    shutil.copytree(bundle, place / "out")
    shutil.move(place / "out" / "maps", place / "maps")
    (place / "out" / "maps").symlink_to("../maps")
    return REFUSED


def manifest_is_link(place, bundle):
    shutil.copytree(bundle, place / "out")
    shutil.move(place / "out" / "manifest.json", place / "manifest.json")
    (place / "out" / "manifest.json").symlink_to("../manifest.json")
    return REFUSED


def manifest_is_fifo(place, bundle):
    shutil.copytree(bundle, place / "out")
    (place / "out" / "manifest.json").unlink()
    os.mkfifo(place / "out" / "manifest.json")
    return REFUSED


def a_file(place, bundle):
    (place / "out").write_text("mine")
    return 4


CASES = (web_application, foreign_manifest, no_json, nothing, empty, old_bundle,
         incomplete_bundle, file_beside, file_below, folder_beside,
         link_to_bundle, link_in_bundle, manifest_is_link, manifest_is_fifo,
         a_file)

# How an input is named that lies in the directory that is written to, and the
# finding: the files of a bundle are no manifests, whatever is written.
INPUTS = {"out/maps/../manifest.json": "CNP007", "out/manifest.json": "CNP007",
          "out": "CNP509", "./out/endpoints.json": "CNP007"}


def check(cnpc, case, bundle, tmp):
    """What is wrong, or None."""
    place = pathlib.Path(tempfile.mkdtemp(dir=tmp))
    (place / "policy.yaml").write_text(POLICY)
    want = case(place, bundle)
    before = content(place)
    run = compile_into(cnpc, place, "out", "policy.yaml")
    after = content(place)
    if run.returncode != want:
        return f"status {run.returncode}, not {want}: {run.stderr}"
    if want == REFUSED and "CNP501" not in run.stderr:
        return f"no CNP501: {run.stderr}"
    if want != REPLACED and after != before:
        return "something was changed"
    if want == REPLACED and (set(after) - {"policy.yaml", "out"} !=
                             {f"out/{p}" for p in content(bundle)}):
        return f"not a whole bundle: {sorted(after)}"
    return None


def check_input(cnpc, name, bundle, tmp):
    """An input inside the output stays."""
    place = pathlib.Path(tempfile.mkdtemp(dir=tmp))
    (place / "policy.yaml").write_text(POLICY)
    shutil.copytree(bundle, place / "out")
    before = content(place)
    run = compile_into(cnpc, place, "out", "policy.yaml", name)
    if run.returncode != REFUSED or INPUTS[name] not in run.stderr:
        return f"status {run.returncode}: {run.stderr}"
    return None if content(place) == before else "something was changed"


def check_owner(cnpc, tmp):
    """What root replaces is still its owner's."""
    place = pathlib.Path(tempfile.mkdtemp(dir=tmp))
    lock, policy = place / "lock.yaml", place / "policy.yaml"
    for text in (POLICY, POLICY + ANOTHER_POD):
        policy.write_text(text)
        run = compile_into(cnpc, place, "out", "--identity-lock", lock, policy)
        if run.returncode != 0:
            return run.stderr
        if os.geteuid() != 0:
            return None
        owner = lock.stat().st_uid
        for path in (place, lock):
            os.chown(path, OTHER, OTHER)
    return None if owner == OTHER else f"the lock is of {owner} now"


def check_sandbox(cnpc, place):
    """It is entered, unless --no-sandbox says otherwise."""
    for options, wanted in ((), True), (("--no-sandbox",), False):
        run = compile_into(cnpc, place, "bundle", "--time-passes", *options,
                           "policy.yaml")
        passes = [line.split()[0] for line in run.stderr.splitlines()]
        if run.returncode != REPLACED or ("sandbox" in passes) != wanted:
            return f"{options}: {run.returncode}: {passes}"
    return None


def main():
    cnpc = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as tmp:
        tmp = pathlib.Path(tmp)
        (tmp / "policy.yaml").write_text(POLICY)
        made = compile_into(cnpc, tmp, "bundle", "policy.yaml")
        assert made.returncode == 0, made.stderr
        results = [(case.__name__.replace("_", " "),
                    check(cnpc, case, tmp / "bundle", tmp)) for case in CASES]
        results += [(f"input {name}", check_input(cnpc, name, tmp / "bundle",
                                                  tmp)) for name in INPUTS]
        results.append(("owner of the lock", check_owner(cnpc, tmp)))
        results.append(("sandbox", check_sandbox(cnpc, tmp)))
    print(f"1..{len(results)}")
    for number, (name, wrong) in enumerate(results, 1):
        print(f"{'not ok' if wrong else 'ok'} {number} - {name}")
        if wrong:
            print(f"# {wrong}")
    return 1 if any(wrong for _, wrong in results) else 0


if __name__ == "__main__":
    sys.exit(main())
