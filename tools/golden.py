#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs golden cases: folders that hold a command and what it must print.

usage: golden.py --cnpc PROGRAM [--update] [--only PATTERN] STAGE_DIR...

A stage folder (testdata/golden/STAGE) holds cases, and a case is a folder:

    cmd      the arguments to cnpc, one line, quoted as in a shell
    stdin    what it reads (none: empty)
    stdout   what it must print (none: nothing)
    stderr   its diagnostics (none: nothing)
    status   its exit status (none: 0)

and the inputs that the command names. It runs inside its folder, where it
must leave no file: $TMP in cmd is an empty directory, and prints as
$TMP; in SARIF the version of cnpc prints as $VERSION. Every case runs in several locales and time zones, whose result must be
the same. --update writes what cnpc prints now, and shows the difference."""
import argparse
import difflib
import fnmatch
import locale
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

# Of the tool of a SARIF document.
VERSION = re.compile(r'("name": "cnpc",\s+"version": ")[^"]*')
TIMEOUT = 60  # seconds; a golden case takes milliseconds
OUTPUTS = {"stdout": "", "stderr": "", "status": "0\n"}
KEEP = ("PATH", "LOCPATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "MALLOC_PERTURB_")


def environments():
    """Name and variables of each setting that a case runs in."""
    base = {k: os.environ[k] for k in KEEP if k in os.environ}
    foreign = "C.UTF-8"
    for name in ("tr_TR.UTF-8", "de_DE.UTF-8"):
        try:
            locale.setlocale(locale.LC_ALL, name)
        except locale.Error:
            continue
        foreign = name
        break
    locale.setlocale(locale.LC_ALL, "C")
    return [
        ("C", base | {"LC_ALL": "C", "TZ": "UTC"}),
        (foreign, base | {"LC_ALL": foreign, "TZ": "Pacific/Chatham"}),
        ("unset", base | {"COLUMNS": "20"}),
    ]


def read(path, default=""):
    """The text of a file; bytes that are not UTF-8 are kept."""
    if not path.exists():
        return default
    return path.read_bytes().decode(errors="surrogateescape")


def write(path, text, default):
    """Writes TEXT, or removes the file when TEXT is what its absence says."""
    if text == default:
        path.unlink(missing_ok=True)
    else:
        path.write_bytes(text.encode(errors="surrogateescape"))


def run(cnpc, case, env):
    """What the command gives: {"stdout": text, "stderr": text, "status"}."""
    stdin = read(case / "stdin").encode(errors="surrogateescape")
    # Whether the checkout is one of git is nothing to a case.
    env = env | {"GIT_CEILING_DIRECTORIES": str(case.resolve().parent)}
    with tempfile.TemporaryDirectory() as tmp:
        argv = [a.replace("$TMP", tmp) for a in shlex.split(read(case / "cmd"))]
        p = subprocess.run([cnpc, *argv], cwd=case, env=env, input=stdin,
                           capture_output=True, timeout=TIMEOUT)
        got = {"stdout": p.stdout, "stderr": p.stderr,
               "status": b"%d\n" % p.returncode}
        return {k: VERSION.sub(r"\1$VERSION", v.decode(
            errors="surrogateescape").replace(tmp, "$TMP"))
                for k, v in got.items()}


def differences(case, label, got):
    """A unified diff for each output that is not as it should be."""
    text = []
    for name, default in OUTPUTS.items():
        want = read(case / name, default)
        if got[name] != want:
            text += difflib.unified_diff(
                want.splitlines(True), got[name].splitlines(True),
                f"{case}/{name}", f"{case}/{name} now [{label}]")
    return "".join(line if line.endswith("\n") else
                   line + "\n\\ no newline at the end\n" for line in text)


def run_case(cnpc, case, update, envs):
    """What is wrong with the case, as text; empty when nothing is."""
    if read(case / "cmd").count("\n") != 1:
        return f"{case}/cmd: not one line\n"
    before = set(case.rglob("*"))
    wrong = ""
    for label, env in envs[:1] if update else envs:
        try:
            got = run(cnpc, case, env)
        except subprocess.TimeoutExpired:
            return wrong + f"{case}: no end after {TIMEOUT} s\n"
        wrong += differences(case, label, got)
    for path in sorted(set(case.rglob("*")) - before):
        wrong += f"{path}: left behind by the command\n"
    if update:
        for name, default in OUTPUTS.items():
            write(case / name, got[name], default)
    return wrong


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--cnpc", required=True, type=pathlib.Path)
    ap.add_argument("--update", action="store_true")
    ap.add_argument("--only", default="*", metavar="PATTERN")
    ap.add_argument("stages", nargs="+", type=pathlib.Path, metavar="DIR")
    a = ap.parse_args()
    cases = sorted(c for s in a.stages for c in s.iterdir()
                   if c.is_dir() and fnmatch.fnmatch(c.name, a.only))
    envs = environments()
    failed = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for wrong in pool.map(
                lambda c: run_case(a.cnpc.resolve(), c, a.update, envs),
                cases):
            failed += bool(wrong)
            sys.stdout.buffer.write(wrong.encode(errors="surrogateescape"))
    print(f"{len(cases)} cases, {failed} "
          + ("rewritten" if a.update else "failed"))
    return 1 if not cases or (failed and not a.update) else 0


if __name__ == "__main__":
    sys.exit(main())
