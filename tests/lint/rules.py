#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the cases of the lint rules: mistakes to find, near misses to pass.

usage: rules.py --cnpc PROGRAM DIAGNOSTICS_DEF CASES_DIR

CASES_DIR has a folder for each diagnostic of the band of lint rules, by its
name; and in it, three of each at least,

    finds-WHAT.yaml    a mistake: the rule finds the lines that end in `# here`,
                       and no others
    silent-WHAT.yaml   a near miss: the rule finds nothing

A file is a whole input. It begins with comments: those of the form

    # options: ...     are options of `cnpc lint`
    # also: NAME...    other rules that find something here

and the others say why. No other warning or error may be found: a case that is
refused shows nothing. Prints TAP."""
import argparse
import json
import pathlib
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

TIMEOUT = 60
LEAST = 3
RULE = re.compile(r"^CNP6\d\d (\S+) (?:note|style|warning|error) \S+$", re.M)
QUIET = ("note", "style")


def header(text, word):
    """What the comments on top that begin with a word say, in words."""
    words = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        if line.startswith(f"# {word}: "):
            words += shlex.split(line.split(": ", 1)[1])
    return words


def lint(cnpc, path, options):
    run = subprocess.run([cnpc, "lint", "--format=json", *options, path],
                         capture_output=True, text=True, timeout=TIMEOUT,
                         stdin=subprocess.DEVNULL, check=False)
    if run.returncode not in (0, 1):
        raise RuntimeError(f"exit {run.returncode}: {run.stderr[-400:]}")
    return json.loads(run.stdout)["findings"]


def check(cnpc, path):
    """What is wrong with a case, a line each."""
    rule = path.parent.name
    text = path.read_text(encoding="utf-8")
    also = header(text, "also")
    wanted = {n for n, line in enumerate(text.splitlines(), 1)
              if line.endswith("# here")}
    faults = []
    if not text.startswith("# "):
        faults.append("no comment says why")
    if path.name.startswith("finds-") != bool(wanted):
        faults.append("`# here` belongs into files finds-*, into each of them")
    try:
        findings = lint(cnpc, path, header(text, "options"))
    except (RuntimeError, ValueError, subprocess.TimeoutExpired) as e:
        return [*faults, str(e)]
    found = {f["line"] for f in findings if f["name"] == rule}
    names = {f["name"] for f in findings}
    faults += [f"line {n}: not found" for n in sorted(wanted - found)]
    faults += [f"line {n}: found" for n in sorted(found - wanted)]
    faults += [f"line {f['line']}: {f['id']} {f['name']}: {f['text']}"
               for f in findings if f["level"] not in QUIET
               and f["name"] not in (rule, *also)]
    return faults + [f"{n} finds nothing here" for n in also if n not in names]


def count(rule, folder):
    """Which kinds of cases a rule has too few of."""
    return [f"{n} of {LEAST} cases {kind}-*" for kind in ("finds", "silent")
            if (n := len(list(folder.glob(f"{kind}-*.yaml")))) < LEAST]


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--cnpc", required=True, type=pathlib.Path)
    ap.add_argument("definitions", type=pathlib.Path)
    ap.add_argument("cases", type=pathlib.Path)
    a = ap.parse_args()
    cnpc = a.cnpc.resolve()
    rules = RULE.findall(a.definitions.read_text(encoding="utf-8"))
    folders = sorted(p.name for p in a.cases.iterdir())
    paths = sorted(p for p in a.cases.glob("*/*"))

    results = [(r, count(r, a.cases / r)) for r in rules]
    results += [(f, ["no rule has this name"]) for f in folders
                if f not in rules]
    with ThreadPoolExecutor() as pool:
        results += zip((f"{p.parent.name}/{p.stem}" for p in paths),
                       pool.map(lambda p: check(cnpc, p), paths))
    print(f"1..{len(results)}")
    for number, (name, faults) in enumerate(results, 1):
        print(f"{'not ' if faults else ''}ok {number} - {name}")
        for fault in faults:
            print(f"# {fault}")
    sys.exit(any(faults for _, faults in results))


if __name__ == "__main__":
    main()
