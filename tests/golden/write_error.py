#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that a result which cannot be written is never lost in silence.

usage: write_error.py CNPC"""
import os
import subprocess
import sys

FULL = "cannot write the result: No space left on device"
CLOSED = "cannot write the result: Bad file descriptor"
BROKEN = "cannot write the result: Broken pipe"


def run(argv, stdout):
    """Exit status and standard error, with STDOUT ("closed": none at all)."""
    p = subprocess.run(
        argv, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        stdout=None if stdout == "closed" else stdout, timeout=60,
        preexec_fn=(lambda: os.close(1)) if stdout == "closed" else None)
    return p.returncode, p.stderr


def main():
    cnpc = sys.argv[1]
    read_end, pipe = os.pipe()
    os.close(read_end)
    with open("/dev/full", "wb") as full:
        cases = [
            (["help"], full, 4, FULL),
            (["schema", "CiliumNetworkPolicy"], full, 4, FULL),
            (["explain"], pipe, 4, BROKEN),
            (["--version"], "closed", 4, CLOSED),
            # nothing to write, nothing lost
            (["nonsense"], full, 3, "no command"),
            (["nonsense"], "closed", 3, "no command"),
        ]
        failed = 0
        for args, stdout, status, text in cases:
            got = run([cnpc, *args], stdout)
            if got[0] != status or text not in got[1]:
                failed += 1
                print(f"cnpc {' '.join(args)}: want {status} and {text!r}, "
                      f"got {got[0]} and {got[1]!r}")
    print(f"{len(cases)} cases, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
