#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks `cnpc lint --fix` and `--diff`.

usage: fix.py CNPC FOLDER...

Each case below is a text and what becomes of it. Then copies of the FOLDERs are
mended: what --diff says, applied by git, is what --fix writes; a second --fix
writes nothing; and each changed line had a finding. Prints TAP."""
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
from tap import Tap  # noqa: E402

HEAD = """# a policy\r
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: a, namespace: shop}
spec:
  endpointSelector: {}
"""
POLICY = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n" \
    "metadata: {name: b, namespace: shop}\nspec: {endpointSelector: {}, " \
    "ingress: [{fromEndpoint: [{}]}]}\n"

# What a policy goes on with, and what that becomes.
CASES = {
    "a field": (
        "  ingress:\n  - fromEndpoint: # who\n    - {}\n",
        "  ingress:\n  - fromEndpoints: # who\n    - {}\n"),
    "a field in quotes": (
        "  ingress: [{'fromEndpoint': [{}]}]\n",
        "  ingress: [{'fromEndpoints': [{}]}]\n"),
    "a field that is there already": (
        "  ingress: [{fromEndpoints: [{}], fromEndpoint: [{}]}]\n", None),
    "two that would be one": (
        "  ingress: [{fromEndpoint: [{}], fromEndpointss: [{}]}]\n", None),
    "numbers that are texts": (
        "  egress: [{toPorts: [{ports: [{port: 80}, {port:   443}]}]}]\n",
        "  egress: [{toPorts: [{ports: [{port: \"80\"}, {port:   \"443\"}]}]}]\n"),
    "labels": (
        "  ingress: [{fromEndpoints: [{matchLabels: {a: true, b: 1.10}}]}]\n",
        "  ingress: [{fromEndpoints: [{matchLabels: "
        "{a: \"true\", b: \"1.10\"}}]}]\n"),
    "texts that are numbers": (
        "  egress: [{toPorts: [{ports: [{port: '80', endPort: '90'}]}]}]\n",
        "  egress: [{toPorts: [{ports: [{port: '80', endPort: 90}]}]}]\n"),
    "a text that is no number": (
        "  egress: [{toPorts: [{ports: [{port: '80', endPort: x}]}]}]\n", None),
    "a boolean": (
        "  enableDefaultDeny: {egress: 'false'}\n  egress: [{}]\n",
        "  enableDefaultDeny: {egress: false}\n  egress: [{}]\n"),
    "a word in other letters": (
        "  egress: [{toPorts: [{ports: [{port: '80', protocol: tcp}]}]}]\n",
        "  egress: [{toPorts: [{ports: [{port: '80', protocol: TCP}]}]}]\n"),
    "a word with a slip": (
        "  egress: [{toEntities: [wrold]}]\n", None),
    "host bits": (
        "  egress: [{toCIDR: [10.1.2.3/8, \"2001:db8::1/32\"]}]\n",
        "  egress: [{toCIDR: [10.0.0.0/8, \"2001:db8::/32\"]}]\n"),
    "host bits in except": (
        "  egress: [{toCIDRSet: [{cidr: 10.0.0.0/8, except: [10.1.2.3/24]}]}]\n",
        "  egress: [{toCIDRSet: [{cidr: 10.0.0.0/8, except: [10.1.2.0/24]}]}]\n"),
    "the label of a namespace": (
        "  ingress:\n  - fromEndpoints:\n    - matchLabels:\n"
        "        app: web # kubernetes.io\n"
        "        'k8s:kubernetes.io/metadata.name': data\n",
        "  ingress:\n  - fromEndpoints:\n    - matchLabels:\n"
        "        app: web # kubernetes.io\n"
        "        'k8s:io.kubernetes.pod.namespace': data\n"),
    "the label of a namespace that is told twice": (
        "  ingress: [{fromEndpoints: [{matchLabels: {io.kubernetes.pod."
        "namespace: a, kubernetes.io/metadata.name: a}}]}]\n", None),
    "what an alias brings": (
        "  ingress: [{toPorts: [{ports: &p [{port: 80}]}]}]\n"
        "  egress: [{toPorts: [{ports: *p}]}]\n",
        "  ingress: [{toPorts: [{ports: &p [{port: \"80\"}]}]}]\n"
        "  egress: [{toPorts: [{ports: *p}]}]\n"),
    "an alias that is meant in two ways": (
        "  egress: [{toPorts: [{ports: [{port: '80', endPort: &e '90'},"
        " {port: *e}]}]}]\n",
        "  egress: [{toPorts: [{ports: [{port: '80', endPort: &e 90},"
        " {port: *e}]}]}]\n"),
    "what is meant": (
        "  # cnpc: ignore=misspelt-field\n"
        "  ingress: [{fromEndpoint: [{}]}]\n", None),
    "a file that does not end in a newline": (
        "  ingress: [{fromEndpoint: [{}]}]",
        "  ingress: [{fromEndpoints: [{}]}]"),
}


def run(cwd, *words, given=None):
    return subprocess.run(words, cwd=cwd, input=given, capture_output=True,
                          timeout=60, check=False)


def files(folder):
    return {p.relative_to(folder): p.read_bytes()
            for p in sorted(folder.rglob("*")) if p.is_file()}


def check_text(t, cnpc, what, before, after):
    after = before if after is None else after
    with tempfile.TemporaryDirectory() as tmp:
        path = pathlib.Path(tmp, "a.yaml")
        path.write_bytes((HEAD + before).encode())
        fixed = run(tmp, cnpc, "lint", "--fix", "a.yaml")
        found = path.read_bytes().decode()
        t.ok(what, found == HEAD + after, found, fixed.stderr.decode())


def check_folder(t, cnpc, folder):
    """Returns how many lines were changed."""
    what = f"{folder.parent.name}/{folder.name}"
    with tempfile.TemporaryDirectory() as tmp:
        patched, fixed = pathlib.Path(tmp, "a"), pathlib.Path(tmp, "b")
        for copy in (patched, fixed):
            shutil.copytree(folder, copy, symlinks=True)
        before = files(fixed)
        diff = run(patched, cnpc, "lint", "--diff", ".")
        lint = run(fixed, cnpc, "lint", "--format=json", ".")
        run(fixed, cnpc, "lint", "--fix", ".")
        once = files(fixed)
        run(fixed, cnpc, "lint", "--fix", ".")
        t.ok(f"{what}: once is enough", files(fixed) == once)
        if diff.stdout:
            applied = run(patched, "git", "apply", "-", given=diff.stdout)
            t.ok(f"{what}: the patch fits", applied.returncode == 0 and
                 diff.returncode in (1, 2), applied.stderr, diff.stdout)
        t.ok(f"{what}: --diff tells what --fix does", files(patched) == once)
        at = {(os.path.normpath(f["file"]), f["fix"]["line"])
              for f in json.loads(lint.stdout)["findings"] if "fix" in f}
        changed = {(str(p), n) for p, text in before.items()
                   for n, (a, b) in enumerate(zip(
                       text.split(b"\n"), once[p].split(b"\n")), 1) if a != b}
        t.ok(f"{what}: what had a fix was changed", changed == at or
             len(changed) > len(at), changed ^ at)
        return len(changed)


def check_files(t, cnpc):
    with tempfile.TemporaryDirectory() as tmp:
        place = pathlib.Path(tmp)
        (place / "in").mkdir()
        (place / "in" / "b.yaml").write_text(POLICY)
        (place / "in" / "b.yaml").chmod(0o640)
        (place / "in" / "link.yaml").symlink_to("b.yaml")
        (place / "other.yaml").write_text(
            POLICY.replace("name: b", "name: o").replace("[{}]", "[{}] # o"))
        done = run(tmp, cnpc, "lint", "--fix", "in", "--context=.")
        t.ok("mode and link stay",
             stat.S_IMODE((place / "in/b.yaml").stat().st_mode) == 0o640 and
             (place / "in/link.yaml").is_symlink() and
             "fromEndpoints" in (place / "in/b.yaml").read_text(), done)
        t.ok("the context stays",
             "fromEndpoints" not in (place / "other.yaml").read_text(), done)
        done = run(tmp, cnpc, "lint", "--diff", "-",
                   given=POLICY.encode())
        t.ok("standard input is no file", done.returncode == 0 and
             not done.stdout and b"0 fixes" in done.stderr, done)
        for words in (("--fix", "--diff"), ("--fix", "--staged")):
            done = run(tmp, cnpc, "lint", *words, ".")
            t.ok(" and ".join(words), done.returncode == 3 and
                 not done.stdout and done.stderr, done)
        done = run(tmp, cnpc, "lint", "--fix", "none.yaml")
        t.ok("a file that is not there", done.returncode == 2 and
             b"none.yaml" in done.stdout, done)


def main():
    cnpc, *folders = sys.argv[1:]
    cnpc = pathlib.Path(cnpc).resolve()
    t = Tap()
    for what, (before, after) in CASES.items():
        check_text(t, cnpc, what, before, after)
    check_files(t, cnpc)
    changed = 0
    for folder in folders:
        for case in sorted(pathlib.Path(folder).iterdir()):
            if case.is_dir():
                changed += check_folder(t, cnpc, case)
    t.ok(f"lines were changed: {changed}", changed > 5)
    return t.end()


if __name__ == "__main__":
    sys.exit(main())
