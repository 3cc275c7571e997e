#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that no result depends on the number of threads.

usage: jobs.py CNPC TOOLS TESTDATA

Bundles, dumps, findings, what recordings come to and exit status are the same, byte for byte, whether
one thread works, two or eight. A ThreadSanitizer build tells of its races on
standard error, so that `./dev tsan` finds them here, too."""
import json
import pathlib
import subprocess
import sys
import tempfile

JOBS = ["1", "2", "8"]


def tree(root):
    """The bytes of every file below ROOT."""
    return {str(p.relative_to(root)): p.read_bytes()
            for p in sorted(root.rglob("*")) if p.is_file()}


def run(argv):
    p = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True,
                       timeout=120)
    return p.returncode, p.stdout, p.stderr


def bundle(cnpc, inputs, jobs, out):
    """Exit status, what is told on stderr, and the files."""
    status, _, told = run([cnpc, "compile", "--jobs", jobs, "-o", str(out),
                           *inputs])
    return status, told, tree(out)


def dump(cnpc, inputs, jobs, stage):
    return run([cnpc, "show", "policies", "--jobs", jobs, "--dump", stage,
                *inputs])


def generate(tools, name, out, *args):
    """What the generator called NAME writes, in OUT."""
    subprocess.run([sys.executable, tools / f"gen_{name}.py", *args,
                    "-o", str(out)], check=True)
    return out


def make_inputs(tools, testdata, work):
    """Name -> arguments, and whether they compile."""
    scale = generate(tools, "scale", work / "scale.yaml",
                     "--namespaces", "20", "--apps", "10")
    pathological = generate(tools, "pathological", work / "path.yaml",
                            "--scale", "0.05")
    docs = [json.loads(line) for line in scale.read_text().splitlines()
            if line.startswith("{")]
    every = {"apiVersion": "v1", "items": docs, "kind": "List"}
    one = work / "list.json"
    one.write_text(json.dumps(every))
    # As kubectl prints it: read in parts.
    lines = work / "lines.json"
    lines.write_text(json.dumps(every, indent=4))
    # No JSON, which the items do not tell: YAML allows that comma.
    cut = work / "cut.json"
    cut.write_text(lines.read_text().replace("\n    ],", "\n    , ],"))
    many = work / "many"
    many.mkdir()
    for i, doc in enumerate(docs[:300]):
        (many / f"{i:04}.json").write_text(json.dumps(doc))
    # Findings of every part, among them one that no part holds alone: too
    # many problems for one source.
    broken = work / "broken.yaml"
    broken.write_text(scale.read_text() +
                      "---\nkind: NetworkPolicy\na: [\n" * 700 + scale.read_text() +
                      "---\nkind: NetworkPolicy\nb: {\n" * 700)
    faulty = work / "faulty.yaml"
    faulty.write_text("".join(
        f"---\nkind: CiliumNetworkPolicy\napiVersion: cilium.io/v2\n"
        f"metadata: {{name: p{i}}}\nspec: {{endpointselector: {i}}}\n"
        f"---\nkind: NetworkPolicy\na: [\n" for i in range(400)) + scale.read_text())
    demo = testdata.parent / "examples/shop"
    return {
        "demo": (["--cluster", str(demo / "cluster.yaml"),
                  str(demo / "policies")], True),
        # Many redirects, whose numbers entries hold.
        "redirects": ([str(testdata / "conformance" / "mixed-6")], True),
        "scale": ([str(scale)], True),
        "pathological": ([str(pathological)], True),
        "list": ([str(one)], True),
        "lines": ([str(lines)], True),
        "cut": ([str(cut)], True),
        "many": ([str(many), "--cluster", str(scale)], True),
        "broken": ([str(broken)], False),
        "faulty": ([str(faulty)], False),
    }


def recordings(testdata, work):
    """Arguments of `cnpc drops` for large recordings of each world: its own
    many times, with a long line between, and tuples whose columns are named
    again and again, in another order."""
    for world in sorted((testdata / "recordings").glob("*/")):
        for flows in sorted(world.glob("*.[jct]s*")):
            text = flows.read_bytes().rstrip(b"\n") + b"\n"
            if flows.suffix == ".csv":
                first, _, rest = text.partition(b"\n")
                text += b"proto,port,to,from\n" + b"".join(
                    b",".join([f[3], f[2], f[1], f[0]]) + b"\n"
                    for f in (line.split(b",") for line in rest.splitlines())
                    if len(f) > 3)
            big = work / f"{world.name}-{flows.name}"
            long = b'{"x":"' + b"x" * 2000000 + b'"}\n'
            big.write_bytes((text * (600000 // len(text)) + long) * 4 + text)
            yield big.name, ["--flows", str(big), "--cluster",
                             str(world / "cluster.yaml"),
                             str(world / "policies.yaml")]


def check_recording(cnpc, name, args):
    """The whole, each line, and a part of one."""
    wrong = []
    for form in (["--format=json"], ["--one-to-one"], ["--partial"]):
        results = [run([cnpc, "drops", *form, "--jobs", jobs, *args])
                   for jobs in JOBS]
        if b'"judged"' not in results[0][1]:
            wrong.append(f"{name}: nothing is judged")
        wrong += [f"{name}: drops {form[0]}: --jobs {jobs} is not --jobs "
                  f"{JOBS[0]}"
                  for jobs, r in zip(JOBS, results) if r != results[0]]
    return wrong


def check(cnpc, name, inputs, compiles, work):
    """What differs, as text."""
    tells = {
        "bundle": lambda jobs: bundle(cnpc, inputs, jobs,
                                      work / f"{name}-{jobs}"),
        "findings": lambda jobs: run([cnpc, "lint", "--jobs", jobs, *inputs]),
        "changes": lambda jobs: run([cnpc, "diff", "--jobs", jobs, *inputs,
                                     str(work / "scale.yaml")]),
        "ast": lambda jobs: dump(cnpc, inputs, jobs, "ast"),
        "pmap": lambda jobs: dump(cnpc, inputs, jobs, "pmap"),
    }
    wrong = []
    for what, tell in tells.items():
        results = [tell(jobs) for jobs in JOBS]
        if what == "bundle" and (results[0][0] == 0) != compiles:
            wrong.append(f"{name}: compiled: {not compiles}")
        wrong += [f"{name}: {what}: --jobs {jobs} is not --jobs {JOBS[0]}"
                  for jobs, r in zip(JOBS, results) if r != results[0]]
    return wrong


def main():
    cnpc, tools, testdata = sys.argv[1:]
    with tempfile.TemporaryDirectory() as tmp:
        work = pathlib.Path(tmp)
        inputs = make_inputs(pathlib.Path(tools), pathlib.Path(testdata),
                             work)
        wrong = [w for name, (args, compiles) in inputs.items()
                 for w in check(cnpc, name, args, compiles, work)]
        flows = dict(recordings(pathlib.Path(testdata), work))
        wrong += [w for name, args in flows.items()
                  for w in check_recording(cnpc, name, args)]
    print("\n".join(wrong) or f"{len(inputs)} inputs and {len(flows)} "
          "recordings, the same each time")
    return 1 if wrong else 0


sys.exit(main())
