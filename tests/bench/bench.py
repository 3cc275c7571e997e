#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures cnpc on made-up clusters of growing size.

usage: bench.py --cnpc PROGRAM [--runs N] [--sizes N,N,...] [--json FILE]

Prints, for each command and size, the bytes read and written, the median time
and its spread, the peak memory, and the exponent of growth from the size
before: time ~ (bytes read and written)^k. 1 is linear; more is work that
follows neither what is asked nor what is answered. Absolute times belong to
the machine they were taken on, the exponents should hold everywhere. --json
writes every single run."""
import argparse
import json
import math
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
GENERATOR = ROOT / "tools" / "gen_scale.py"
# Name, and the arguments before the input; {out} is a directory to write.
COMMANDS = (
    ("show identities", ["show", "identities", "--format=json"]),
    ("show policies", ["show", "policies", "--format=json"]),
    ("compile", ["compile", "-o", "{out}"]),
)


def generate(namespaces, path):
    subprocess.run([sys.executable, GENERATOR, "--namespaces",
                    str(namespaces), "-o", path], check=True)


def tree_size(path):
    return sum(p.stat().st_size for p in path.rglob("*") if p.is_file())


def measure(argv, out):
    """Seconds, peak resident KiB and bytes written of one run; exits when it
    fails, for the time of a failure measures nothing. The peak is never below
    this interpreter's own: a child starts as its copy."""
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        p = subprocess.Popen(argv, stdout=stdout, stderr=err)
        _, status, usage = os.wait4(p.pid, 0)
        seconds = time.perf_counter() - start
        p.returncode = os.waitstatus_to_exitcode(status)
        if p.returncode != 0:
            err.seek(0)
            tail = err.read()[-400:].decode(errors="replace")
            sys.exit(f"bench: {' '.join(map(str, argv))}: "
                     f"exit {p.returncode}\n{tail}")
        written = os.fstat(stdout.fileno()).st_size + tree_size(out)
        return seconds, usage.ru_maxrss, written


def run_all(cnpc, sizes, runs, work):
    """One row for each command and size, smallest first."""
    for size in sizes:
        generate(size, work / f"{size}.yaml")
    for name, args in COMMANDS:
        for size in sizes:
            path, out = work / f"{size}.yaml", work / f"{size}.out"
            argv = [cnpc, *(a.format(out=out) for a in args), path]
            samples = [measure(argv, out) for _ in range(runs)]
            seconds, peaks, written = zip(*samples)
            yield {"command": name, "namespaces": size,
                   "bytes_read": path.stat().st_size,
                   "bytes_written": written[0],
                   "seconds": seconds, "peak_kib": max(peaks)}


def growth(before, now):
    """The exponent k of time ~ bytes^k between two rows."""
    def ratio(value):
        return math.log(value(now) / value(before))

    return ratio(lambda r: statistics.median(r["seconds"])) / \
        ratio(lambda r: r["bytes_read"] + r["bytes_written"])


def print_rows(rows):
    """Prints the rows as they come; returns all of them."""
    print(f"{'command':16} {'ns':>5} {'MB in':>7} {'MB out':>7} "
          f"{'median ms':>10} {'min':>8} {'max':>8} {'MiB':>6} {'growth':>7}")
    done = []
    for r in rows:
        ms = [s * 1000 for s in r["seconds"]]
        k = "" if not done or done[-1]["command"] != r["command"] \
            else f"{growth(done[-1], r):.2f}"
        print(f"{r['command']:16} {r['namespaces']:5} "
              f"{r['bytes_read'] / 1e6:7.2f} {r['bytes_written'] / 1e6:7.2f} "
              f"{statistics.median(ms):10.1f} {min(ms):8.1f} {max(ms):8.1f} "
              f"{r['peak_kib'] / 1024:6.0f} {k:>7}", flush=True)
        done.append(r)
    return done


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--cnpc", required=True, type=pathlib.Path)
    ap.add_argument("--runs", type=int, default=5)
    ap.add_argument("--sizes", default="25,50,100,200")
    ap.add_argument("--json", type=pathlib.Path)
    a = ap.parse_args()
    sizes = sorted({int(n) for n in a.sizes.split(",")})
    with tempfile.TemporaryDirectory() as work:
        rows = print_rows(run_all(a.cnpc.resolve(), sizes, a.runs,
                                  pathlib.Path(work)))
    if a.json:
        a.json.write_text(json.dumps(
            {"machine": platform.machine(), "cpus": os.cpu_count(),
             "kernel": platform.release(), "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
