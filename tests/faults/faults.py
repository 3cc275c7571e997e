#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets each system call and each allocation of each command fail, in turn.

usage: faults.py CNPC SHIM [--all]

A run whose N-th call fails either is what the undisturbed one is, or ends with
a status that the manual pages give to such a failure and says why. It leaves
the old bundle or the new one, whole, and nothing beside it. N goes from 1 until
there is no such call. Without --all only every seventh allocation fails, and of
the commands that take longest every seventh call. Prints TAP; skipped where
system calls cannot be intercepted."""
import argparse
import os
import sys
import tempfile

from place import Place
from supervise import Supervisor

STRIDE = 7

# What removing a directory calls: where it fails, something is left.
REMOVES = {"unlinkat", "openat", "newfstatat", "fstat", "getdents64", "fcntl",
           "allocation"}

# Libbpf takes a failure of its probes for a kernel without what is probed for,
# and loads a program that the verifier then refuses.
PROBES = {"bpf", "dup3", "allocation"}

SHORT = ["-j1", "new.d"]
COMMANDS = {
    "lint": ["lint", *SHORT],
    "show": ["show", "all", *SHORT],
    "trace": ["trace", "--from", "shop/web-0", "--to", "192.0.2.1", "--port",
              "443/tcp", *SHORT],
    "upgrade": ["upgrade", "--set", "NEW.precedence=cilium", *SHORT],
    "compile": ["compile", "-o", "work/out", *SHORT],
    "compile with a lock": ["compile", "-o", "work/out", "--identity-lock",
                            "work/lock.yaml", *SHORT],
    "verify": ["verify", "--require-verified", "-j1", "work/out"],
}

SLOW = {"compile", "compile with a lock", "verify"}

# Where several threads work, only what makes them fails: no run is like another
# in the rest.
THREADED = {"lint with threads": ["lint", "-j4", "new.d", "old.d"]}
THREAD_CALLS = {"clone3", "clone", "mmap", "mprotect"}


def torn(place, argv, run, clean):
    """What is wrong with what is on the disk, or None."""
    out, left = place.out(), place.left()
    done = run.status in (0, 1)
    if out not in (place.old, clean.after):
        return "out is neither the old bundle nor the new one"
    if place.lock() not in (None, clean.lock):
        return "half a lock"
    kept = out == clean.after and place.lock() == clean.lock
    if done and not kept and "CNP512" not in run.err:
        return "said to be done, and is not"
    if "-o" in argv and not done and out != place.old and (
            "in its place" not in run.err and "out of memory" not in run.err):
        return "the new bundle is in place, and that is not said"
    if left and not (run.hit in REMOVES and ".cnpc-" in left[0]):
        return f"left: {left}"
    return None


def wrong(place, argv, run, clean):
    """What is wrong with a run, or None."""
    if run.status < 0:
        return f"signal {-run.status}"
    if run.status not in (0, 1, 2, 4):
        return f"status {run.status}"
    if "rejected" in run.out and run.hit not in PROBES:
        return "a failure of the system was taken for the verifier's word"
    if run.status != clean.status or run.out != clean.out:
        if run.status in (0, clean.status):
            return "another result with the same status"
        if not run.err.strip() and "programs not run: " not in run.out:
            return f"status {run.status} without a word"
        if run.status == 4 and run.out not in ("", clean.out):
            return "half a result"
    return torn(place, argv, run, clean)


def try_all(place, argv, fail, step=1):
    """What was wrong, with N, and how many were tried."""
    place.reset()
    clean = fail(argv, 0)
    clean.after, clean.lock = place.out(), place.lock()
    found, n, tried = [], 1, 0
    while True:
        place.reset()
        run = fail(argv, n)
        if not run.hit:
            return found, tried
        tried += 1
        problem = wrong(place, argv, run, clean)
        if problem:
            found.append(f"{n} {run.hit}: {problem}; status {run.status}: "
                         f"{run.err.strip()[:200]!r}")
        n += step


class Tap:
    def __init__(self, total):
        self.number = self.failed = 0
        print(f"1..{total}")

    def report(self, name, found, tried, least):
        self.number += 1
        if tried < least:
            found = [*found, f"only {tried} were tried"]
        print(f"{'not ok' if found else 'ok'} {self.number} - {name}, "
              f"{tried} times", flush=True)
        for f in found:
            print(f"# {f}")
        self.failed += bool(found)


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("cnpc")
    ap.add_argument("shim")
    ap.add_argument("--all", action="store_true")
    a = ap.parse_args()
    cnpc = os.path.abspath(a.cnpc)
    step = 1 if a.all else STRIDE
    with tempfile.TemporaryDirectory() as tmp:
        place = Place(cnpc, tmp)
        supervisor = Supervisor(a.shim, tmp)
        try:
            supervisor.fail_call([cnpc, "--version"], 0)
        except RuntimeError as e:
            print(f"1..0 # SKIP {e}")
            return 0
        if supervisor.plain([cnpc, *COMMANDS["verify"]]).status == 1:
            del COMMANDS["verify"]
        tap = Tap(2 * len(COMMANDS) + len(THREADED))
        for name, args in COMMANDS.items():
            found, tried = try_all(place, [cnpc, *args],
                                      supervisor.fail_call,
                                      step if name in SLOW else 1)
            tap.report(f"{name}: calls", found, tried, 5)
            found, tried = try_all(place, [cnpc, *args],
                                      supervisor.fail_allocation, step)
            tap.report(f"{name}: allocations", found, tried, 5)
        for name, args in THREADED.items():
            found, tried = try_all(
                place, [cnpc, *args],
                lambda argv, n: supervisor.fail_call(argv, n, THREAD_CALLS))
            tap.report(f"{name}: calls", found, tried, 3)
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
