#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the pages of docs/rules/ against what `cnpc explain` makes.

usage: rule_pages.py --cnpc PROGRAM [--update]

With --update they are written anew."""
import argparse
import pathlib
import re
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "docs/rules"


def pages(cnpc):
    """Name and text of each page."""
    def explain(*rule):
        return subprocess.run([cnpc, "explain", "--format=markdown", *rule],
                              capture_output=True, text=True,
                              check=True).stdout

    table = explain()
    yield "README.md", table
    for name in re.findall(r"\((CNP\d+)\.md\)", table):
        yield f"{name}.md", explain(name)


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--cnpc", required=True)
    ap.add_argument("--update", action="store_true")
    a = ap.parse_args()
    wanted = dict(pages(a.cnpc))
    found = {p.name: p.read_text() for p in FOLDER.glob("*.md")}
    wrong = sorted(n for n in wanted | found if wanted.get(n) != found.get(n))
    for name in wrong:
        print(f"docs/rules/{name} is not what cnpc explain says")
        if a.update and name in wanted:
            (FOLDER / name).write_text(wanted[name])
        elif a.update:
            (FOLDER / name).unlink()
    return 1 if wrong and not a.update else 0


if __name__ == "__main__":
    sys.exit(main())
