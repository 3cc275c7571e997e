#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A file is followed while it grows, is rotated and emptied.

usage: follow.py --cnpc PATH --case DIR

Each line is told at once; a signal ends it with the report of all lines; a full
disk is an error. Ends with `N passed, N failed`."""
import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

LIMIT = 60


class Follower:
    """`cnpc drops --follow`, and what it does."""

    def __init__(self, cnpc, case, path, *options):
        self.p = subprocess.Popen(
            [cnpc, "drops", "--follow", "--flows", path, "--cluster",
             case / "cluster.yaml", *options, case / "policies.yaml"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def lines(self, n):
        return [json.loads(self.p.stdout.readline())["line"]
                for _ in range(n)]

    def awaits_signal(self):
        """Returns when SIGINT is waited for, and no longer ends the
        process."""
        of = pathlib.Path(f"/proc/{self.p.pid}")
        while self.p.poll() is None:
            try:
                files = [os.readlink(f) for f in of.glob("fd/*")]
            except FileNotFoundError:
                continue  # closed meanwhile
            blocked = [line.split()[1] for line in
                       (of / "status").read_text().splitlines()
                       if line.startswith("SigBlk")]
            if "anon_inode:[signalfd]" in files \
                    and int(blocked[0], 16) >> (signal.SIGINT - 1) & 1:
                return

    def end(self):
        self.awaits_signal()
        self.p.send_signal(signal.SIGINT)
        out, _ = self.p.communicate(timeout=LIMIT)
        return self.p.returncode, out


def add(path, text):
    with path.open("ab") as f:
        f.write(text)


def grows(cnpc, case, path, text):
    """Told line by line: cut in a line, rotated, emptied, rotated in a
    line."""
    n = text.count(b"\n")
    add(path, text[:100])
    f = Follower(cnpc, case, path, "--one-to-one", "--line-buffered")
    add(path, text[100:])
    told = f.lines(n)
    path.rename(path.with_suffix(".1"))
    add(path.with_suffix(".1"), text)
    add(path, text)
    told += f.lines(2 * n)
    # No longer than what is read of it already.
    os.truncate(path, 0)
    add(path, b"{}\n")
    told += f.lines(1)
    add(path, b'{"cut')
    path.rename(path.with_suffix(".2"))
    add(path, text)
    told += f.lines(n + 1)
    status, rest = f.end()
    return told == list(range(1, 4 * n + 3)) and status in (0, 1) \
        and not rest


def reports(cnpc, case, path, text):
    """The report has all lines that were there when it was to end."""
    add(path, text)
    f = Follower(cnpc, case, path, "--format=json")
    f.awaits_signal()
    add(path, text)
    status, out = f.end()
    return status in (0, 1) \
        and json.loads(out)["lines"]["all"] == 2 * text.count(b"\n")


def full(cnpc, case, path, text):
    """Output that cannot be written is told, and the exit status says so."""
    add(path, text)
    for option in ("--one-to-one", "--format=json"):
        with open("/dev/full", "wb") as out:
            p = subprocess.run(
                [cnpc, "drops", "--flows", path, "--cluster",
                 case / "cluster.yaml", option, case / "policies.yaml"],
                stdout=out, stderr=subprocess.PIPE, timeout=LIMIT,
                check=False)
        if p.returncode != 4 or b"No space left" not in p.stderr:
            return False
    return True


def packed(cnpc, case, path, _):
    add(path, b"\x1f\x8b\x08")
    f = Follower(cnpc, case, path)
    out, err = f.p.communicate(timeout=LIMIT)
    return f.p.returncode == 2 and b"cannot be followed" in err


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--cnpc", required=True, type=pathlib.Path)
    ap.add_argument("--case", required=True, type=pathlib.Path)
    a = ap.parse_args()
    text = (a.case / "flows.jsonl").read_bytes().rstrip(b"\n") + b"\n"
    passed = failed = 0
    for check in (grows, reports, full, packed):
        with tempfile.TemporaryDirectory() as tmp:
            fine = check(a.cnpc.resolve(), a.case,
                         pathlib.Path(tmp) / "flows.jsonl", text)
        passed += fine
        failed += not fine
        if not fine:
            print(f"{check.__name__}: {check.__doc__}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
