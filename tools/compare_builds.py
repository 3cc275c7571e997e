#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs two builds of cnpc over the same inputs and tells what differs.

usage: compare_builds.py [--no-scale] [--only REGEX] [--except FILE:MEMBER]...
                         OLD NEW [DIR...]

The inputs are the golden, conformance and trap cases, the demo, the scale
inputs, and every DIR. Compared are the files of bundles, `show`, `lint`,
`trace` and `upgrade` in all formats: standard output, standard error
and exit status. --except leaves a member out of a bundle's JSON file, such as
manifest.json:format after that has changed; --only takes the inputs whose
name matches."""
import argparse
import concurrent.futures
import itertools
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
TESTDATA = ROOT / "testdata"
SCALE = {"scale-1": [20, 20, 2, 5], "scale-2": [50, 20, 5, 10],
         "scale-3": [200, 20, 5, 15]}
PORTS = ["80/tcp", "443/tcp", "53/udp", "8/icmp"]


def run(cnpc, args, cwd=None, stdin=None):
    p = subprocess.run([cnpc, *args], cwd=cwd, input=stdin or b"",
                       capture_output=True, timeout=600)
    return p.returncode, p.stdout, p.stderr


def prune(name, data, excepted):
    """DATA without what the user excepts of the file NAME."""
    members = [m for f, m in excepted if f == name]
    if not members:
        return data
    document = json.loads(data)
    for m in members:
        document.pop(m, None)
    return json.dumps(document).encode()


def bundle(cnpc, inputs, excepted):
    with tempfile.TemporaryDirectory() as tmp:
        out = pathlib.Path(tmp) / "bundle"
        told = run(cnpc, ["compile", "-o", str(out), *inputs])
        told = [t.replace(tmp.encode(), b"TMP") if isinstance(t, bytes) else t
                for t in told]
        files = {str(p.relative_to(out)):
                 prune(str(p.relative_to(out)), p.read_bytes(), excepted)
                 for p in sorted(out.rglob("*")) if p.is_file()}
    # The manifest has a hash of each file that may differ as excepted.
    if excepted and "manifest.json" in files:
        files["manifest.json"] = prune(
            "manifest.json", files["manifest.json"],
            [("manifest.json", "outputs")])
    return told, files


def questions(cnpc, inputs):
    """Some connections between the endpoints of INPUTS."""
    _, out, _ = run(cnpc, ["show", "endpoints", "--format=json", *inputs])
    try:
        ends = json.loads(out)["endpoints"]
    except (ValueError, KeyError):
        return []
    names = [f"{e['namespace']}/{e['name']}" for e in ends][:6]
    names += ["world", "host", "192.0.2.1"]
    pairs = list(itertools.permutations(names, 2))[:40]
    return [(a, b, PORTS[i % len(PORTS)]) for i, (a, b) in enumerate(pairs)]


def commands(cnpc, inputs, small):
    """The arguments of every command that is compared on INPUTS."""
    models = [[], ["--precedence=cilium"]]
    if small:
        models += [["--cilium=1.18"], ["--cilium=1.17"], ["--profile=aks"]]
    for model in models:
        args = [*model, *inputs]
        parts = ["all"] if small else ["identities", "endpoints", "policies"]
        for part, form in itertools.product(parts, ("table", "json")):
            yield ["show", part, f"--format={form}", *args]
        for form in ("text", "json"):
            yield ["lint", f"--format={form}", *args]
            yield ["upgrade", "--from=1.18", "--to=1.20",
                   f"--format={form}", *args]
        if not small:
            continue
        yield ["show", "ipcache", *args]
        for stage in ("yaml", "ast", "settings", "sanitize", "ir", "ident",
                      "pmap"):
            yield ["show", "all", f"--dump={stage}", *args]
    if not small:
        return
    for a, b, port in questions(cnpc, inputs):
        for form in ("text", "json"):
            yield ["trace", "--from", a, "--to", b, "--port", port,
                   f"--format={form}", "--explain-identity", *inputs]


def compare_input(old, new, name, inputs, small, excepted):
    """How many runs were compared, and those that differ."""
    count, wrong = 0, []
    for args in commands(old, inputs, small):
        count += 1
        if run(old, args) != run(new, args):
            wrong.append(f"{name}: cnpc {shlex.join(args)}")
    for model in ([], ["--precedence=cilium"], ["--cilium=1.18"],
                  ["--cilium=1.17"]):
        count += 1
        a, b = (bundle(c, [*model, *inputs], excepted) for c in (old, new))
        if a[0] != b[0]:
            wrong.append(f"{name}: {' '.join(model)} compile tells otherwise")
        wrong += [f"{name}: {' '.join(model)} bundle: {f}"
                  for f in sorted(a[1].keys() | b[1].keys())
                  if a[1].get(f) != b[1].get(f)]
    return count, wrong


def compare_case(old, new, case):
    """A golden case as its `cmd` says, where that writes nothing."""
    count, wrong = 0, []
    for line in (case / "cmd").read_text().splitlines():
        args = shlex.split(line)
        if not args or "$" in line or args[0] == "compile":
            continue
        count += 1
        a, b = (run(c, args, cwd=case) for c in (old, new))
        if a != b:
            wrong.append(f"{case.name}: cnpc {line}")
    return count, wrong


def scale_inputs(tmp):
    for name, (spaces, apps, pods, policies) in SCALE.items():
        out = pathlib.Path(tmp) / f"{name}.yaml"
        subprocess.run([sys.executable, ROOT / "tools" / "gen_scale.py",
                        "--namespaces", str(spaces), "--apps", str(apps),
                        "--replicas", str(pods), "--policies", str(policies),
                        "-o", str(out)], check=True)
        yield name, [str(out)], False


def inputs(dirs):
    """(name, arguments, whether it is small) of everything but scale."""
    for case in sorted((TESTDATA / "conformance").iterdir()):
        if case.is_dir():
            yield f"conformance/{case.name}", [str(case)], True
    for case in sorted((TESTDATA / "traps").iterdir()):
        if case.is_dir():
            yield (f"traps/{case.name}",
                   ["--cluster", str(TESTDATA / "traps" / "cluster.yaml"),
                    str(case)], True)
    for case in sorted((TESTDATA / "golden").glob("*/*/")):
        yield f"golden/{case.parent.name}/{case.name}", [str(case)], True
    demo = TESTDATA.parent / "examples/shop"
    yield ("demo", ["--cluster", str(demo / "cluster.yaml"),
                    str(demo / "policies")], True)
    for d in dirs:
        yield d, [d], True


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--no-scale", action="store_true")
    ap.add_argument("--only", type=re.compile, default="")
    ap.add_argument("--except", dest="excepted", action="append", default=[])
    ap.add_argument("old")
    ap.add_argument("new")
    ap.add_argument("dirs", nargs="*")
    a = ap.parse_args()
    old, new = os.path.abspath(a.old), os.path.abspath(a.new)
    excepted = [tuple(e.split(":", 1)) for e in a.excepted]
    jobs, count, wrong = [], 0, []
    with tempfile.TemporaryDirectory() as tmp, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, args, small in inputs(a.dirs):
            if not re.search(a.only, name):
                continue
            jobs.append(pool.submit(compare_input, old, new, name, args,
                                    small, excepted))
        for case in sorted((TESTDATA / "golden").glob("*/*/cmd")):
            jobs.append(pool.submit(compare_case, old, new, case.parent))
        if not a.no_scale:
            for name, args, small in scale_inputs(tmp):
                jobs.append(pool.submit(compare_input, old, new, name, args,
                                        small, excepted))
        for job in jobs:
            n, w = job.result()
            count += n
            wrong += w
    for w in wrong:
        print(w)
    print(f"{count} runs compared, {len(wrong)} differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
