#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The parts of a recording come to the whole, however it is cut.

usage: merge.py --cnpc PATH --cases DIR [--seed N] [--cuts N]

Each recording is judged whole and cut at random places, with `cnpc drops
--partial`; the summaries are added up by `cnpc drops merge`, some of them
first, in random order. The document must be the same, byte for byte."""
import argparse
import pathlib
import random
import re
import subprocess
import sys
import tempfile


def run(*argv, statuses=(0, 1, 2)):
    p = subprocess.run(argv, capture_output=True, timeout=60)
    if p.returncode not in statuses:
        sys.exit(f"{argv}: exit {p.returncode}: {p.stderr.decode()[-300:]}")
    return p.stdout


class Cutter:
    def __init__(self, cnpc, case, folder, rng):
        self.cnpc, self.case, self.folder = cnpc, case, folder
        self.rng, self.made = rng, 0

    def keep(self, data):
        self.made += 1
        path = self.folder / f"{self.made}.json"
        path.write_bytes(data)
        return path

    def judge(self, flows):
        return run(self.cnpc, "drops", "--partial", "--flows", flows,
                   "--cluster", self.case / "cluster.yaml",
                   self.case / "policies.yaml")

    def merge(self, parts):
        return run(self.cnpc, "drops", "merge", "--format=json", *parts)

    def cut(self, flows):
        """Summaries of FLOWS cut at random lines."""
        lines = re.findall(rb"[^\n]*\n|[^\n]+", flows.read_bytes())
        # A part that began so would be taken for a compressed file.
        places = [i for i in range(1, len(lines))
                  if not lines[i].startswith(b"\x1f\x8b")]
        places = sorted(self.rng.sample(places, min(3, len(places))))
        for begin, end in zip([0, *places], [*places, len(lines)]):
            part = self.folder / "part.jsonl"
            part.write_bytes(b"".join(lines[begin:end]))
            yield self.keep(self.judge(part))

    def whole(self, flows):
        parts = list(self.cut(flows))
        self.rng.shuffle(parts)
        some = self.keep(self.merge(parts[:2]))
        return self.merge([*parts[2:], some])


def main():
    ap = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--cnpc", required=True, type=pathlib.Path)
    ap.add_argument("--cases", required=True, type=pathlib.Path)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--cuts", type=int, default=5)
    a = ap.parse_args()
    passed = failed = 0
    for flows in sorted(a.cases.glob("*/flows.jsonl")):
        rng = random.Random(f"{a.seed} {flows.parent.name}")
        with tempfile.TemporaryDirectory() as tmp:
            c = Cutter(a.cnpc.resolve(), flows.parent, pathlib.Path(tmp), rng)
            want = c.judge(flows)
            for _ in range(a.cuts):
                same = c.whole(flows) == want
                passed += same
                failed += not same
                if not same:
                    print(f"{flows}: the parts come to something else")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
