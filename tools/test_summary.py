#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Adds up the test logs of several builds.

usage: test_summary.py [--must-run SUITE]... TESTLOG.json...

Prints one line a build, names what failed or was skipped, and ends with
`N passed, N failed` (and `, N skipped` when there are). A skipped test of a
--must-run suite counts as failed. Exit status 1 when anything failed, when a
log is missing, or when no test passed."""
import argparse
import json
import pathlib
import sys
from collections import Counter

PASSED = {"OK", "EXPECTEDFAIL"}
SKIPPED = {"SKIP"}


def suites(test):
    """A test is called `project:suite+suite / name`."""
    before, slash, _ = test["name"].rpartition(" / ")
    return set(before.partition(":")[2].split("+")) if slash else set()


def outcome(test, must_run):
    if test["result"] in PASSED:
        return "passed"
    if test["result"] in SKIPPED and not suites(test) & must_run:
        return "skipped"
    return "failed"


def line(count):
    text = f"{count['passed']} passed, {count['failed']} failed"
    return text + f", {count['skipped']} skipped" * (count["skipped"] > 0)


def add_log(path, must_run, total):
    """Counts one log into TOTAL and prints what it says."""
    build = path.parent.parent.name
    count = Counter()
    for text in path.read_text().splitlines():
        test = json.loads(text)
        what = outcome(test, must_run)
        count[what] += 1
        if what != "passed":
            print(f"  {what}: {build}: {test['name']} ({test['result']})")
    print(f"{build}: {line(count)}")
    total += count


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--must-run", action="append", default=[],
                    metavar="SUITE")
    ap.add_argument("logs", nargs="+", type=pathlib.Path, metavar="LOG")
    a = ap.parse_args()
    total = Counter()
    for path in a.logs:
        if path.exists():
            add_log(path, set(a.must_run), total)
        else:
            print(f"  failed: {path}: there is no such log")
            total["failed"] += 1
    print(line(total))
    return 1 if total["failed"] or not total["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
