#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that cnpc-platforms(7) says what the table of platforms says.

usage: check_platforms.py --mandoc MANDOC --cnpc PROGRAM PAGE

Every sentence that `cnpc explain PLATFORM` prints is in the page."""
import argparse
import re
import subprocess
import sys

PLATFORMS = ("aks", "aks-acns")


def flat(text):
    """The words alone, however they are broken, quoted and set in bold."""
    text = re.sub(".\x08", "", text)
    text = re.sub(r"(\S)-\n\s*", r"\1-", text)
    return " ".join(text.replace('"', "").replace("“", "")
                    .replace("”", "").split())


def sentences(table):
    """What each row says, and what it says to use instead."""
    head, *lines = table.splitlines()
    yield from re.findall(r"\d{4,}", head)
    for line in lines:
        if line.startswith("    "):
            yield flat(line.removeprefix("    Instead: ").strip())
        elif line:
            yield flat(line.rsplit(": ", 1)[0])


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--mandoc", required=True)
    ap.add_argument("--cnpc", required=True)
    ap.add_argument("page")
    a = ap.parse_args()
    page = flat(subprocess.run(
        [a.mandoc, "-T", "utf8", "-O", "width=78", a.page], check=True,
        capture_output=True, text=True).stdout)
    missing = []
    for platform in PLATFORMS:
        table = subprocess.run([a.cnpc, "explain", platform], check=True,
                               capture_output=True, text=True).stdout
        missing += [f"{a.page}: lacks, of {platform}: {s}"
                    for s in sentences(table) if s not in page]
    print("\n".join(missing), end="\n" if missing else "")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
