#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fuzzes every target, those longest that still find something.

    fuzz.py SECONDS DIR

SECONDS is the time for all targets together, on each core. DIR has the
fuzzers, fuzz_NAME; what they find that is new goes to DIR/corpus/NAME, an
input that fails to DIR/found. Each target gets a turn, then the one whose
last turns found the most new edges a second. The first failure ends it.
"""

import argparse
import os
import re
import subprocess
import sys
import threading
import time

SEEDS = os.path.join(os.path.dirname(__file__), "../../testdata/fuzz")


class Target:
    def __init__(self, path, folder):
        self.path = path
        self.name = os.path.basename(path).removeprefix("fuzz_")
        self.corpus = os.path.join(folder, "corpus", self.name)
        self.cpu = 0.0
        self.runs = 0
        self.edges = 0
        self.worth = float("inf")  # new edges a second, of late
        self.busy = False
        os.makedirs(self.corpus, exist_ok=True)

    def turn(self, seconds, found):
        """One run of so long; returns its output if it failed."""
        p = subprocess.Popen(
            [self.path, f"-max_total_time={seconds}", "-timeout=60",
             "-rss_limit_mb=3000", "-print_final_stats=1",
             f"-artifact_prefix={found}/{self.name}-", self.corpus,
             os.path.join(SEEDS, self.name)],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        log = p.stderr.read().decode(errors="replace")
        _, status, usage = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
        cpu = usage.ru_utime + usage.ru_stime
        covered = [int(n) for n in re.findall(r" cov: (\d+)", log)] or [0]
        runs = re.search(r"number_of_executed_units: (\d+)", log)
        gain = max(covered) - max(covered[0], self.edges)
        self.worth = gain / cpu if self.runs == 0 else \
            (self.worth + gain / cpu) / 2
        self.cpu += cpu
        self.runs += int(runs.group(1)) if runs else 0
        self.edges = max(self.edges, *covered)
        return log if p.returncode else None


def next_target(targets):
    free = [t for t in targets if not t.busy]
    return max(free, key=lambda t: (t.worth, -t.cpu))


class Campaign:
    def __init__(self, targets, folder, seconds):
        self.targets = targets
        self.found = os.path.join(folder, "found")
        self.seconds = seconds
        self.end = time.monotonic() + seconds
        self.lock = threading.Lock()
        self.failed = None
        os.makedirs(self.found, exist_ok=True)

    def work(self):
        slice_ = max(5, min(120, self.seconds // len(self.targets)))
        while not self.failed:
            left = int(self.end - time.monotonic())
            if left <= 0:
                return
            with self.lock:
                t = next_target(self.targets)
                t.busy = True
            log = t.turn(min(slice_, left), self.found)
            with self.lock:
                t.busy = False
                if log:
                    self.failed = self.failed or (t, log)

    def run(self):
        workers = [threading.Thread(target=self.work)
                   for _ in range(os.cpu_count() or 1)]
        for w in workers:
            w.start()
        for w in workers:
            w.join()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seconds", type=int)
    parser.add_argument("folder")
    args = parser.parse_args()
    programs = os.path.join(args.folder, "tests/fuzz")
    targets = [Target(os.path.join(programs, name), args.folder)
               for name in sorted(os.listdir(programs))
               if re.fullmatch(r"fuzz_[a-z]+", name)]
    campaign = Campaign(targets, args.folder, args.seconds)
    campaign.run()
    print(f"{'target':<10}{'CPU':>8}{'runs':>10}{'edges':>8}")
    for t in targets:
        print(f"{t.name:<10}{t.cpu:>7.0f}s{t.runs:>10}{t.edges:>8}")
    print(f"{'all':<10}{sum(t.cpu for t in targets):>7.0f}s"
          f"{sum(t.runs for t in targets):>10}")
    if campaign.failed:
        t, log = campaign.failed
        print("\n".join(log.splitlines()[-40:]), file=sys.stderr)
        print(f"{t.name}: the input is in {campaign.found}; replay it with "
              f"{t.path} FILE", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
