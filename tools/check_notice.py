#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that NOTICE names the libraries that a program is linked with.

usage: check_notice.py PROGRAM NOTICE

Libc and the loader go without a line, and a line without a library is wrong,
too."""
import pathlib
import re
import subprocess
import sys

NEEDED = re.compile(r"\(NEEDED\).*\[(lib[^\]]+?)(?:-0)?\.so")
NAMED = re.compile(r"^(lib\S+)  ", re.MULTILINE)
LIBC = {"libc", "libm", "libpthread", "libdl"}


def main():
    program, notice = sys.argv[1:]
    dynamic = subprocess.run(["readelf", "-dW", program], capture_output=True,
                             text=True, check=True).stdout
    linked = set(NEEDED.findall(dynamic)) - LIBC
    named = set(NAMED.findall(pathlib.Path(notice).read_text()))
    for name in sorted(linked - named):
        print(f"{notice}: {name} is not named")
    for name in sorted(named - linked):
        print(f"{notice}: {name} is not linked")
    return 0 if linked == named else 1


if __name__ == "__main__":
    sys.exit(main())
