#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that pictures are what Graphviz makes of graphs.

usage: graph.py CNPC EXAMPLES

A program called dot, here a script, is given what the same command prints for
--format=dot, and what it prints is the result. Where it fails, or there is none
in PATH, the status is 4 and the message says so. With the real dot the picture
is SVG with as many nodes as the graph has."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

FAKE = """#!/bin/sh
[ "$*" = -Tsvg ] || exit 9
echo "picture of:"
cat
"""
FAILING = """#!/bin/sh
cat >/dev/null
exit 3
"""
DEAF = """#!/bin/sh
exit 5
"""
SVG = "{http://www.w3.org/2000/svg}"


def program(folder, text):
    path = folder / "dot"
    path.write_text(text)
    path.chmod(0o755)


def run(cnpc, args, path):
    p = subprocess.run([cnpc, *args], stdin=subprocess.DEVNULL,
                       capture_output=True, text=True, timeout=60,
                       env={**os.environ, "PATH": path})
    return p.returncode, p.stdout, p.stderr


def check_drawn(cnpc, graph, drawn, folder, path):
    """What is wrong when DRAWN is the picture of GRAPH, two commands."""
    program(folder, FAKE)
    status, dot, _ = run(cnpc, graph, path)
    got = run(cnpc, drawn, path)
    if "digraph" not in dot or got[:2] != (status, f"picture of:\n{dot}"):
        yield f"{drawn[0]}: {got}"


def check_failures(cnpc, drawn, folder, path):
    for text, told in ((FAILING, "status 3"), (DEAF, "draws no picture")):
        program(folder, text)
        status, out, err = run(cnpc, drawn, path)
        if status != 4 or out or told not in err:
            yield f"{drawn[0]}: {told}: {status} {out} {err}"
    (folder / "dot").unlink()
    status, out, err = run(cnpc, drawn, str(folder))
    if status != 4 or out or "the package graphviz" not in err:
        yield f"{drawn[0]}: no dot: {status} {out} {err}"


def check_real(cnpc, graph, drawn):
    _, dot, _ = run(cnpc, graph, os.environ["PATH"])
    _, svg, err = run(cnpc, drawn, os.environ["PATH"])
    classes = [g.get("class") for g in
               xml.etree.ElementTree.fromstring(svg).iter(f"{SVG}g")]
    if classes.count("edge") != dot.count(" -> ") or "node" not in classes:
        yield f"{drawn[0]}: not its picture: {svg} {err}"


def main():
    cnpc, examples = sys.argv[1], pathlib.Path(sys.argv[2]) / "shop"
    cluster = [f"--cluster={examples / 'cluster.yaml'}"]
    all_of = [*cluster, str(examples / "policies")]
    change = [*cluster, f"--cluster={examples / 'policies'}",
              str(examples / "policies/data.yaml"),
              str(examples / "mended.yaml")]
    pairs = [(["matrix", "--format=dot", *all_of], ["graph", *all_of]),
             (["exposed", "--format=dot", *all_of],
              ["exposed", "--format=svg", *all_of]),
             (["diff", "--format=dot", *change],
              ["diff", "--format=svg", *change])]
    with tempfile.TemporaryDirectory() as tmp:
        folder = pathlib.Path(tmp)
        path = f"{folder}:{os.environ['PATH']}"
        wrong = [w for graph, drawn in pairs
                 for w in (*check_drawn(cnpc, graph, drawn, folder, path),
                           *check_failures(cnpc, drawn, folder, path))]
    real = shutil.which("dot")
    if real:
        wrong += [w for graph, drawn in pairs
                  for w in check_real(cnpc, graph, drawn)]
    print("\n".join(wrong) or f"{len(pairs)} commands, "
          f"{'with' if real else 'without'} the real dot")
    return 1 if wrong else 0


sys.exit(main())
