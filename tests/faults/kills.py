#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ends `compile -o` and `verify` by signals, spread over all their calls.

usage: kills.py CNPC SHIM [KILLS]

So many runs (60 unless told) are ended by SIGKILL, SIGTERM and SIGINT, each
before another system call, or meet a limit on the size of files, which is
SIGXFSZ. Afterwards there is the old bundle or the new one, whole; SIGTERM and
SIGINT leave nothing beside it; the next run does what it is to do, and leaves
nothing beside it either. Prints TAP; skipped where
system calls cannot be intercepted."""
import argparse
import os
import resource
import signal
import sys
import tempfile

from place import Place
from supervise import Supervisor

COMPILE = ["compile", "-o", "work/out", "--identity-lock", "work/lock.yaml",
           "-j1", "new.d"]
VERIFY = ["verify", "-j1", "work/out"]

# A row's share of all kills.
ROWS = [("compile", COMPILE, signal.SIGKILL, 0.35),
        ("compile", COMPILE, signal.SIGTERM, 0.15),
        ("compile", COMPILE, signal.SIGINT, 0.10),
        ("compile", COMPILE, signal.SIGXFSZ, 0.10),
        ("verify", VERIFY, signal.SIGKILL, 0.20),
        ("verify", VERIFY, signal.SIGTERM, 0.05),
        ("verify", VERIFY, signal.SIGINT, 0.05)]


def without_begun(content):
    """What is there but for what a run had begun to write."""
    return {name: data for name, data in content.items()
            if not name.startswith(".cnpc-")}


def check(place, supervisor, argv, run, clean, allowed):
    """What is wrong after a run, or None."""
    if run.status not in allowed:
        return f"status {run.status}: {run.err.strip()[:200]}"
    out = without_begun(place.out())
    if out not in (place.old, clean.after):
        return "out is neither the old bundle nor the new one"
    if place.lock() not in (None, clean.lock):
        return "half a lock"
    if run.status == 0 and out != clean.after:
        return "said to be done, and is not"
    again = supervisor.plain(argv)
    if again.status != 0:
        return f"the next run: status {again.status}: {again.err.strip()}"
    if place.out() not in clean.again or place.lock() != clean.lock:
        return "the next run does not mend it"
    return f"left: {place.left()}" if place.left() else None


def limited(supervisor, argv, size):
    """A run that may write no file larger than SIZE."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        return supervisor.plain(argv)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def try_row(place, supervisor, argv, signum, kills):
    place.reset()
    clean = supervisor.signal_at(argv, 0, signum)
    clean.after, clean.lock = place.out(), place.lock()
    # A lock that is there is one of the inputs that the manifest lists.
    supervisor.plain(argv)
    clean.again = (clean.after, place.out())
    largest = max(len(data) for data in clean.after.values() if data)
    found, left = [], 0
    for k in range(kills):
        place.reset()
        if signum == signal.SIGXFSZ:
            # Files of the least size are what the run itself prints.
            point = 1024 + k * largest // kills
            run = limited(supervisor, argv, point)
            allowed = {0, 4}
        else:
            point = 1 + k * clean.calls // kills
            run = supervisor.signal_at(argv, point, signum)
            allowed = {0, -signum}
        left += bool(place.left())
        if place.left() and signum in (signal.SIGTERM, signal.SIGINT):
            found.append(f"at {point} {run.hit or ''}: leaves {place.left()}")
        problem = check(place, supervisor, argv, run, clean, allowed)
        if problem:
            found.append(f"at {point} {run.hit or ''}: {problem}")
    return found, left


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("cnpc")
    ap.add_argument("shim")
    ap.add_argument("kills", nargs="?", type=int, default=60)
    a = ap.parse_args()
    cnpc = os.path.abspath(a.cnpc)
    failed = 0
    with tempfile.TemporaryDirectory() as tmp:
        place = Place(cnpc, tmp)
        supervisor = Supervisor(a.shim, tmp)
        try:
            supervisor.fail_call([cnpc, "--version"], 0)
        except RuntimeError as e:
            print(f"1..0 # SKIP {e}")
            return 0
        print(f"1..{len(ROWS)}")
        for number, (name, args, signum, share) in enumerate(ROWS, 1):
            kills = round(share * a.kills)
            found, left = try_row(place, supervisor, [cnpc, *args], signum,
                                  kills)
            print(f"{'not ok' if found else 'ok'} {number} - {name}: "
                  f"{kills} times {signum.name}, {left} left something for "
                  "the next run", flush=True)
            for f in found:
                print(f"# {f}")
            failed += bool(found)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
