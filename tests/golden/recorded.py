#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What cnpc test --record writes of each conformance case holds there.

usage: recorded.py CNPC CASES

A record that does not hold fails, and so do fewer than 100 records."""
import pathlib
import subprocess
import sys
import tempfile

STATUSES = (0, 2)  # cases have refused policies, too
FEWEST = 100


def run(cnpc, *args):
    return subprocess.run([cnpc, "test", *map(str, args)], timeout=60,
                          capture_output=True, text=True)


def fault(cnpc, case, scratch):
    """What is wrong with the record of a case; None where it has none."""
    inputs = case / "cluster.yaml", case / "policies.yaml"
    record = run(cnpc, "--record", *inputs)
    if not record.stdout:
        return None
    path = scratch / "recorded.yaml"
    path.write_text(record.stdout)
    tested = run(cnpc, *inputs, path)
    holds = tested.returncode in STATUSES and \
        tested.stdout.endswith(", 0 do not\n")
    return "" if holds else f"{case.name}: {tested.stdout or tested.stderr}"


def main():
    cnpc, cases = sys.argv[1], pathlib.Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as scratch:
        faults = [fault(cnpc, case, pathlib.Path(scratch))
                  for case in sorted(cases.glob("*/"))]
    records = [f for f in faults if f is not None]
    for f in filter(None, records):
        print(f)
    print(f"{len(records)} records, {sum(map(bool, records))} do not hold")
    return any(records) or len(records) < FEWEST


if __name__ == "__main__":
    sys.exit(main())
