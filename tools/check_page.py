#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the examples of pages and compares what they print.

usage: check_page.py --cnpc PROGRAM [--tree FOLDER] [--update] PAGE.md...

A page is gone through from its top, in a directory of its own, which begins
as a copy of FOLDER. A block that begins with ```LANGUAGE NAME is the file NAME
from there on. In a block ```console each line "$ cnpc ..." is run without a
shell; what follows it is what it prints, first to standard output, then to
standard error. A line that ends with "\\" goes on with the next one. A line
"..." is any number of lines, and elsewhere "..." is the rest of a word or line.
With --update the page gets what was printed, where it has no "..."."""
import argparse
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
MKDIR = re.compile(r"^    .*\bmkdir (.*)", re.M)
ANY = re.compile(r"^\.\.\.\n|\.\.\.", re.MULTILINE)


def run(cnpc, arguments, folder):
    run = subprocess.run([cnpc, *arguments], cwd=folder,
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


class Page:
    def __init__(self, path, cnpc, update):
        self.path, self.cnpc, self.update = path, cnpc, update
        self.text = path.read_text()
        self.edits = []

    def place(self, m):
        return f"{self.path}:{self.text.count(chr(10), 0, m.start()) + 1}"

    def command(self, m, folder):
        """What is wrong with one command and what it prints."""
        words = shlex.split(m[1].replace("\\\n", ""))
        if words[0] != "cnpc":
            return f"{self.place(m)}: only cnpc can be run here"
        got = run(self.cnpc, words[1:], folder)
        if agrees(m[2], got):
            return None
        if self.update and not ANY.search(m[2]):
            self.edits.append((m.span(2), got))
            return None
        return f"{self.place(m)}: {m[1]} prints\n{got}"

    def makes(self, name):
        """Whether a step for the reader makes the folder of the file NAME."""
        folder = str(pathlib.PurePath(name).parent)
        return any(word == folder or word.endswith(f"/{folder}")
                   for words in MKDIR.findall(self.text)
                   for word in words.split())

    def check(self, tree):
        """What is wrong with the page; to update, it is first made right."""
        commands = 0
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            if tree:
                shutil.copytree(tree, folder, dirs_exist_ok=True)
            for block in BLOCK.finditer(self.text):
                if block[2]:
                    path = folder / block[2]
                    if not path.parent.exists() and not self.makes(block[2]):
                        yield f"{self.place(block)}: no step makes its folder"
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(block[3])
                if block[1] != "console":
                    continue
                for m in COMMAND.finditer(self.text, *block.span(3)):
                    commands += 1
                    wrong = self.command(m, folder)
                    if wrong:
                        yield wrong
        if not commands:
            yield f"{self.path}: no examples"
        for (start, end), got in reversed(self.edits):
            self.text = self.text[:start] + got + self.text[end:]
        if self.edits:
            self.path.write_text(self.text)


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--cnpc", required=True, type=pathlib.Path)
    ap.add_argument("--tree", type=pathlib.Path, metavar="FOLDER")
    ap.add_argument("--update", action="store_true")
    ap.add_argument("pages", nargs="+", type=pathlib.Path, metavar="PAGE.md")
    a = ap.parse_args()
    errors = [e for page in a.pages
              for e in Page(page, a.cnpc.resolve(), a.update).check(a.tree)]
    for e in errors:
        print(e)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
