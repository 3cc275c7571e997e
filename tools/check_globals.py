#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that object files hold no writable data: no mutable globals.

usage: check_globals.py LIBRARY_OR_OBJECT...

Two units must be able to live in one process, and passes may run on several
threads; so file statics, function statics and globals must be const. Tables
of pointers land in .data.rel.ro, which the loader makes read-only."""
import re
import subprocess
import sys

SYMBOL = re.compile(
    r"^[0-9a-f]+ (?P<flags>.{7}) (?P<section>\S+)\t[0-9a-f]+\s+(?P<name>.+)$")
WRITABLE = (".data", ".bss", ".tdata", ".tbss", "*COM*", ".lbss", ".ldata")
READ_ONLY = ".data.rel.ro"


def check(path):
    run = subprocess.run(["objdump", "-t", path], capture_output=True,
                         text=True, check=True)
    member, symbols, errors = path, 0, []
    for line in run.stdout.splitlines():
        if ":     file format " in line:
            member = line.partition(":")[0]
            continue
        m = SYMBOL.match(line)
        if not m:
            continue
        symbols += 1
        section = m["section"]
        if "d" in m["flags"] or section.startswith(READ_ONLY):
            continue
        if section.startswith(WRITABLE):
            name = m["name"].removeprefix(".hidden ")
            errors.append(f"{path}({member}): {name} is writable ({section})")
    if not symbols:
        errors.append(f"{path}: no symbols")
    return errors


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    errors = [e for path in sys.argv[1:] for e in check(path)]
    for e in errors:
        print(e)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
