#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that a list in meson.build names every case that there is.

usage: check_listed.py [--stem] PATTERN [NAME...]

PATTERN is a path with one `*` in its last part, and a `/` after it for
folders. What the star stands for must be exactly the names; --stem takes a
number off first, so that endpoints-1 and endpoints-2 are both `endpoints`.
Without this a forgotten line would leave tests that never run."""
import pathlib
import re
import sys


def present(pattern, stem):
    path = pathlib.Path(pattern)
    before, _, after = path.name.partition("*")
    for p in path.parent.glob(path.name):
        if p.is_dir() == pattern.endswith("/"):
            name = p.name[len(before):len(p.name) - len(after)]
            yield re.sub(r"-\d+$", "", name) if stem else name


def check(pattern, listed, stem):
    there, listed = set(present(pattern, stem)), set(listed)
    for n in sorted(there - listed):
        yield f"{pattern.replace('*', n)}: no test runs it"
    for n in sorted(listed - there):
        yield f"{pattern.replace('*', n)}: listed, but not there"


def main():
    args = sys.argv[1:]
    stem = args[:1] == ["--stem"]
    args = args[stem:]
    if not args or args[0].count("*") != 1:
        sys.exit(__doc__)
    errors = list(check(args[0], args[1:], stem))
    for e in errors:
        print(e)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
