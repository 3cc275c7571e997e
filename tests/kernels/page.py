#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts a table of what kernels.py found into a page.

usage: page.py JSON PAGE

The table goes between the two lines of PAGE that are comments about it."""
import json
import pathlib
import re
import sys

BEGIN, END = "<!-- table -->\n", "<!-- end of table -->\n"
HEAD = ("kernel", "Debian", "programs accepted", "instructions", "load",
        "packets", "wrong", "connections", "tests")


def by_what(tried):
    found = {}
    for t in tried:
        found.setdefault(t["what"], []).append(t)
    return found


def instructions(policies):
    """Of the smallest and of the largest program, by the verifier's count."""
    seen = [p["instructions"] for v in policies for p in v.get("programs", [])]
    return f"{min(seen):,} to {max(seen):,}" if seen else ""


def load_time(load):
    """Of one program more: what all loads take falls out."""
    (few, many), (short, long) = load["pods"], load["seconds"]
    return f"{(long - short) / (many - few) / 2 * 1000:.0f} ms"


def packets(policies, tests):
    """(tried, wrong)"""
    tried = sum(v.get("packets", 0) for v in policies)
    wrong = sum(v.get("wrong", 0) for v in policies)
    for t in tests:
        for said in t["packets"]:
            n, bad = re.findall(r"\d+", said)
            tried, wrong = tried + int(n), wrong + int(bad)
    return tried, wrong


def connections(tests):
    for t in tests:
        for what in t["passed"]:
            found = re.match(r"(\d+) connections .* as trace says$", what)
            if found:
                return found[1]
    return "0"


def row(machine):
    told = by_what(machine["tried"])
    tests = told.get("test", [])
    policies = [v for t in told.get("programs", []) for v in t["policies"]]
    accepted = sum(v["status"] == "accepted" for v in policies)
    tried, wrong = packets(policies, tests)
    passed = sum(t["status"] == 0 for t in tests)
    load = told.get("load", [{"status": 1}])[0]
    return (machine["release"].split("-")[0], machine["suite"],
            f"{accepted} of {len(policies)}", instructions(policies),
            "" if load["status"] else load_time(load), f"{tried:,}",
            f"{wrong:,}", connections(tests),
            f"{passed} of {len(tests)}" if "end" in told else "ended early")


def table(machines):
    rows = [HEAD, ["---"] * len(HEAD), *map(row, machines)]
    return "".join(f"| {' | '.join(r)} |\n" for r in rows)


def put(page, text):
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit("page.py: the page has no place for the table")
    return before + begin + text + end + after


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    result, page = map(pathlib.Path, sys.argv[1:])
    page.write_text(put(page.read_text(),
                        table(json.loads(result.read_text()))))


if __name__ == "__main__":
    main()
