#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times the programs of a bundle in the running kernel, beside others.

usage: datapath.py --build DIR [--rounds N] [--json FILE]

All have the same maps, and packets that an entry allows (datapath_bench.c):

  first    the program at the first revision that was measured, as this
           repository has it: no connections, the policy asked each time
  decision three look-ups and nothing else (reference.bpf.c)
  counted  the same, and a count of the entry that decided
  asked    the program of this tree, where the policy is asked
  known    the same for a packet of a connection that it knows

Nanoseconds above a program that does nothing, of the fastest round; of these
only ratios of one run say something. What Cilium's own decision takes of the
first program's time was measured once, and is not again. Prints the targets, and
whether they were met, which never makes the run fail."""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
FIRST = "42fb305"
PREFIXES = 10000
SIZES = (10, 1000, 16000)
FEW, MANY = 100, 500000
# Cilium's decision, and that with its connections, by (family, entries) as a
# share of the first program's time.
CILIUM = {(4, 10): .57, (4, 1000): .64, (4, 16000): .69, (6, 10): .52,
          (6, 16000): .61}
CILIUM_KNOWN = {(4, 10): 1.13, (4, 1000): 1.11, (4, 16000): 1.12}


def make_first(tmp):
    """The object of the first program, made of its revision."""
    for name in ("cnpc_abi.h", "policy.bpf.c"):
        text = subprocess.run(
            ["git", "show", f"{FIRST}:bpf-templates/{name}"], cwd=HERE,
            check=True, capture_output=True).stdout
        (tmp / name).write_bytes(text)
    triplet = subprocess.run(["gcc", "-print-multiarch"], check=True,
                             capture_output=True, text=True).stdout.strip()
    subprocess.run(["clang", "-target", "bpfel", "-mcpu=v3", "-O2", "-g",
                    "-idirafter", f"/usr/include/{triplet}",
                    "-DCNPC_LAYOUT=119", "-c", tmp / "policy.bpf.c", "-o",
                    tmp / "first.o"], check=True)
    return tmp / "first.o"


def measure(build, first, rounds, family, prefixes, entries):
    """Net nanoseconds by name."""
    reference = build / "tests/bench/reference.bpf.o"
    ours = build / "bpf-templates/policy_120.bpf.o"
    taken = {"nothing": (reference, "nothing", "icmp"),
             "first": (first, "from_endpoint", "icmp"),
             "first, tcp": (first, "from_endpoint", "tcp"),
             "decision": (reference, "decision", "icmp"),
             "counted": (reference, "counted", "icmp"),
             "asked": (ours, "from_endpoint", "icmp"),
             "known": (ours, "from_endpoint", "tcp")}
    programs = dict.fromkeys(f"{o}:{p}" for o, p, _ in taken.values())
    run = subprocess.run(
        [build / "tests/bench/datapath_bench", str(family), str(prefixes),
         str(entries), str(rounds), *programs], check=True,
        capture_output=True, text=True)
    told = {tuple(line.split()[:2]): int(line.split()[2])
            for line in run.stdout.splitlines()}
    raw = {name: told[f"{o}:{p}", packet]
           for name, (o, p, packet) in taken.items()}
    return {name: ns - raw["nothing"] for name, ns in raw.items()
            if name != "nothing"}


def ratios(cell, family, entries):
    out = {"asked / first": cell["asked"] / cell["first"],
           "known / first": cell["known"] / cell["first, tcp"],
           "decision / first": cell["decision"] / cell["first"],
           "counting / first": (cell["counted"] - cell["decision"]) /
           cell["first"]}
    if (family, entries) in CILIUM:
        out["asked / Cilium"] = \
            out["asked / first"] / CILIUM[family, entries]
    if (family, entries) in CILIUM_KNOWN:
        out["known / Cilium"] = \
            out["known / first"] / CILIUM_KNOWN[family, entries]
    return out


# The most that a ratio may be.
TARGETS = {"asked / first": .65, "asked / Cilium": 1.1, "known / first": .25,
           "known / Cilium": .25}
MOST_GROWTH = 1.5


def report(cells, growth):
    print(f"{'':16} {'first':>6} {'decision':>8} {'counted':>8} {'asked':>6} "
          f"{'known':>6}  ns above nothing")
    for (family, entries), cell in cells.items():
        print(f"IPv{family}, {entries:<9,} " + " ".join(
            f"{cell[n]:>{w}}" for n, w in (
                ("first", 6), ("decision", 8), ("counted", 8), ("asked", 6),
                ("known", 6))))
    found = {}
    for key, cell in cells.items():
        for name, ratio in ratios(cell, *key).items():
            found.setdefault(name, []).append(ratio)
    print()
    for name, all_ in found.items():
        most = TARGETS.get(name)
        met = "" if most is None else \
            f"  at most {most}: {'met' if max(all_) <= most else 'not met'}"
        print(f"{name:18} {min(all_):.2f} to {max(all_):.2f}{met}")
    print(f"{MANY:,} prefixes / {FEW}: {growth:.2f}  at most {MOST_GROWTH}: "
          f"{'met' if growth <= MOST_GROWTH else 'not met'}")
    return found


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--build", required=True, type=pathlib.Path)
    ap.add_argument("--rounds", type=int, default=3)
    ap.add_argument("--json", type=pathlib.Path)
    a = ap.parse_args()
    with tempfile.TemporaryDirectory() as tmp:
        first = make_first(pathlib.Path(tmp))

        def cell(family, prefixes, entries):
            return measure(a.build, first, a.rounds, family, prefixes, entries)

        cells = {(family, entries): cell(family, PREFIXES, entries)
                 for family in (4, 6) for entries in SIZES}
        few, many = (cell(4, n, SIZES[0]) for n in (FEW, MANY))
    growth = many["asked"] / few["asked"]
    found = report(cells, growth)
    if a.json:
        a.json.write_text(json.dumps(
            {"cells": [{"family": f, "entries": n, "net_ns": c}
                       for (f, n), c in cells.items()],
             "prefixes": {"few": few, "many": many, "growth": growth},
             "ratios": found}, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
