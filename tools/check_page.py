#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the examples of a page and compares what they print.

usage: check_page.py --cnpc PROGRAM [--update] PAGE.md...

A block that begins with ```yaml NAME is the file NAME. In a block ```console
each line "$ cnpc ..." is run in a directory that has these files, without a
shell; what follows it is what it prints, first to standard output, then to
standard error. A line "..." is any number of lines, and elsewhere "..." is the
rest of a word or line. With --update the page gets what was printed, where it
has no "..."."""
import argparse
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

FILE = re.compile(r"^```yaml (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ cnpc (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
ANY = re.compile(r"^\.\.\.\n|\.\.\.", re.MULTILINE)


def run(cnpc, arguments, folder):
    run = subprocess.run([cnpc, *shlex.split(arguments)], cwd=folder,
                         stdin=subprocess.DEVNULL, capture_output=True,
                         text=True, timeout=60,
                         env={**os.environ, "LC_ALL": "C", "TZ": "UTC"})
    return run.stdout + run.stderr


def agrees(wanted, got):
    pattern, at = "", 0
    for m in ANY.finditer(wanted):
        pattern += re.escape(wanted[at:m.start()])
        pattern += r"(?:.*\n)*?" if m[0].endswith("\n") else ".*"
        at = m.end()
    return re.fullmatch(pattern + re.escape(wanted[at:]), got) is not None


def check(cnpc, page, update):
    """What is wrong with PAGE; with UPDATE it is first made right."""
    text = page.read_text()
    commands = [m for block in CONSOLE.finditer(text)
                for m in COMMAND.finditer(text, *block.span(1))]
    if not commands:
        yield f"{page}: no examples"
    edits = []
    with tempfile.TemporaryDirectory() as folder:
        for name, content in FILE.findall(text):
            (pathlib.Path(folder) / name).write_text(content)
        for m in commands:
            got = run(cnpc, m[1], folder)
            if agrees(m[2], got):
                continue
            if update and not ANY.search(m[2]):
                edits.append((m.span(2), got))
                continue
            line = text.count("\n", 0, m.start()) + 1
            yield f"{page}:{line}: cnpc {m[1]} prints\n{got}"
    for (start, end), got in reversed(edits):
        text = text[:start] + got + text[end:]
    if edits:
        page.write_text(text)


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--cnpc", required=True, type=pathlib.Path)
    ap.add_argument("--update", action="store_true")
    ap.add_argument("pages", nargs="+", type=pathlib.Path, metavar="PAGE.md")
    a = ap.parse_args()
    errors = [e for page in a.pages
              for e in check(a.cnpc.resolve(), page, a.update)]
    for e in errors:
        print(e)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
