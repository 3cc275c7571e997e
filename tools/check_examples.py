#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the examples of grammar/diagnostics.def through cnpc lint.

usage: check_examples.py --cnpc PROGRAM FILE.def

A bad example provokes its diagnostic. A good one provokes nothing but notes;
and it may use what is not supported, as long as that is said."""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

DIAGC = pathlib.Path(__file__).resolve().parent / "diagc.py"


def lint(cnpc, path):
    """The findings of cnpc lint; their ids are text such as CNP101."""
    run = subprocess.run([cnpc, "lint", "--format=json", path],
                         capture_output=True, text=True, timeout=60)
    if run.returncode not in (0, 1, 2):
        raise RuntimeError(f"exit {run.returncode}: {run.stderr[-400:]}")
    return json.loads(run.stdout)["findings"]


def check(cnpc, path):
    """What is wrong with one example, CNP101.bad.yaml or the like, which is
    linted as a folder: as all that there is."""
    number, kind, _ = path.name.split(".")
    text = path.read_bytes()
    path.unlink()
    path.mkdir()
    (path / "example.yaml").write_bytes(text)
    try:
        findings = lint(cnpc, path)
    except (RuntimeError, ValueError, subprocess.TimeoutExpired) as e:
        return f"{path.name}: {e}"
    ids = sorted({f["id"] for f in findings if kind == "bad"
                  or f["level"] not in ("unsupported", "note")})
    if kind == "bad" and number not in ids:
        return f"{path.name}: not found; found {' '.join(ids) or 'nothing'}"
    if kind == "good" and ids:
        return f"{path.name}: found {' '.join(ids)}"
    return None


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--cnpc", required=True, type=pathlib.Path)
    ap.add_argument("definitions", metavar="FILE.def")
    a = ap.parse_args()
    cnpc = a.cnpc.resolve()
    with tempfile.TemporaryDirectory() as tmp:
        subprocess.run([sys.executable, DIAGC, a.definitions, "--examples",
                        tmp], check=True)
        paths = sorted(pathlib.Path(tmp).iterdir())
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            errors = list(filter(None, pool.map(
                lambda p: check(cnpc, p), paths)))
    for e in errors:
        print(e)
    if not paths:
        print(f"{a.definitions}: no examples")
    return 1 if errors or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
