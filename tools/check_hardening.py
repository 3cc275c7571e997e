#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what a program has against the faults of its own code.

usage: check_hardening.py PROGRAM [BUILD_DIRECTORY]

Position independent, no symbol bound after the start, nothing that the loader
resolves writable after it, no executable stack, stack protector, checked
libc calls, branch targets marked (x86-64), and nowhere in the file the name of
the directory that it was built in."""
import pathlib
import re
import subprocess
import sys


def output(*command):
    return subprocess.run(command, capture_output=True, text=True,
                          check=True).stdout


def check(program, directory):
    """What PROGRAM lacks, a line each."""
    header = output("readelf", "-hW", program)
    segments = output("readelf", "-lW", program)
    dynamic = output("readelf", "-dW", program)
    symbols = output("readelf", "-sW", program)
    stack = re.search(r"GNU_STACK.*", segments)
    wanted = {
        "it is not position independent": "DYN" in header,
        "no segment is made read-only (RELRO)": "GNU_RELRO" in segments,
        "symbols are bound late": "BIND_NOW" in dynamic,
        "its stack may be executed":
            stack is not None and "E" not in stack.group().split()[-2],
        "it has no stack protector": "__stack_chk_fail" in symbols,
        "libc is called unchecked (FORTIFY)":
            re.search(r"__\w+_chk\b(?<!__stack_chk)", symbols) is not None,
    }
    if "X86-64" in header:
        code = output("objdump", "-d", "--no-show-raw-insn",
                      "--disassemble=main", program)
        wanted["branch targets are not marked (CET)"] = "endbr64" in code
    errors = [f"{program}: {what}" for what, ok in wanted.items() if not ok]
    if directory and directory.encode() in pathlib.Path(program).read_bytes():
        errors.append(f"{program}: the name of its build directory is in it")
    return errors


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    errors = check(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "")
    for e in errors:
        print(e)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
