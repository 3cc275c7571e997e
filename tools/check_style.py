#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the house style of every text file of the project.

usage: check_style.py [--clang-format PROGRAM] [ROOT]

C is laid out by clang-format. Headers start with SPDX and #pragma once and
hold no function body of more than five lines, but for the parts of the BPF
template, which is one translation unit. No file has trailing blanks, a
note-to-self without a reason, or a word about where and by whom it was
written: the project speaks of itself alone."""
import argparse
import os
import pathlib
import re
import subprocess
import sys
from collections import Counter

MAX_BODY = 5  # lines of a function in a header
SPDX = "SPDX-License-Identifier: Apache-2.0"
NEEDS_SPDX = {".c", ".h", ".py", ".sh", ".build", ".schema", ".def"}

# One translation unit: its parts are headers with code.
TEMPLATE = "bpf-templates"

# Other people's layout: test inputs and expected outputs are taken as is.
DATA = "testdata"

NOTE = re.compile(r"\b(TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b(?!\([^)]{8,}\): \S)")
PRIVATE = (
    (re.compile(r"(?<![\w.~-])/(work|root|home/\w+|Users/\w+)/"),
     "a path of somebody's machine"),
    (re.compile(r"\b(work[p]lace|C[E]O|L[L]M|chat[b]ot|language [m]odel|"
                r"(AI|coding|sub)[- ]agent|(this|previous) [s]ession)s?\b"),
     "a word about how the project is written"),
)


def source_files(root):
    """Every file of the project; build trees and hidden caches left out."""
    for top, dirs, names in os.walk(root):
        top = pathlib.Path(top)
        dirs[:] = sorted(d for d in dirs
                         if d not in (".git", "__pycache__", "dist")
                         and not (top / d / "meson-info").exists()
                         and not (top == root and d.startswith("build")))
        # in a worktree .git is a file, with the path of its repository
        yield from (top / n for n in sorted(names) if n != ".git")


def check_header(path, lines):
    if SPDX not in lines[0]:
        yield path, 1, f"a header begins with {SPDX}"
    code = [line for line in lines[1:] if line.strip()]
    if not code or code[0] != "#pragma once":
        yield path, 2, "#pragma once follows the SPDX line"
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            if (number - start - 1 > MAX_BODY
                    and path.parent.name != TEMPLATE):
                yield path, start, f"function body over {MAX_BODY} lines"
            start = None


def check_text(path, text):
    if not text.endswith("\n"):
        yield path, text.count("\n") + 1, "no newline at the end"
    for number, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip():
            yield path, number, "trailing blanks"
        if NOTE.search(line):
            yield path, number, "a note-to-self is written NOTE(reason): plan"


def check_file(path, root):
    data = path.read_bytes()
    if not data or b"\0" in data:
        return
    text = data.decode(errors="replace")
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        for pattern, what in PRIVATE:
            if pattern.search(line):
                yield path, number, what
    if path.relative_to(root).parts[0] == DATA:
        return
    yield from check_text(path, text)
    if path.suffix == ".h":
        yield from check_header(path, lines)
    elif path.suffix in NEEDS_SPDX or text.startswith("#!"):
        if not any(SPDX in line for line in lines[:3]):
            yield path, 1, f"no {SPDX}"


def check_layout(program, paths):
    """What clang-format would change: the first place of each file."""
    if not paths:
        return
    run = subprocess.run([program, "--dry-run", "-Werror", *map(str, paths)],
                         capture_output=True, text=True)
    first, count = {}, Counter()
    for line in run.stderr.splitlines():
        if "-Wclang-format-violations" in line:
            where = line.partition(": error:")[0]
            path = where.rsplit(":", 2)[0]
            first.setdefault(path, where)
            count[path] += 1
    for path, where in first.items():
        yield f"{where}: layout, {count[path]} places (./dev format)"
    if run.returncode and not first:
        yield run.stderr.strip()


def check(root, clang_format):
    files = [p for p in source_files(root) if p.is_file()]
    errors = [f"{p}:{n}: {why}" for f in files
              for p, n, why in check_file(f, root)]
    c = [p for p in files if p.suffix in (".c", ".h")
         and p.relative_to(root).parts[0] != DATA]
    return errors + list(check_layout(clang_format, c))


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--clang-format", default="clang-format")
    ap.add_argument("root", nargs="?", default=".")
    a = ap.parse_args()
    errors = check(pathlib.Path(a.root).resolve(), a.clang_format)
    for e in errors:
        print(e)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
